"""Brings the database up to date: runs each file of migrations/ once, in order. Safe to run again or twice at once."""

import os
import sys
import time
from pathlib import Path

import psycopg2

import faults

# Any number that only this app uses.
LOCK = 7_205_759


def main() -> None:
    if faults.NAME == "migration-fails":
        sys.exit("migration failed (fault.txt says so)")
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        # Held until the transaction ends; a second migration waits here and then finds nothing to do.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        cursor.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, done_at timestamptz DEFAULT now())")
        cursor.execute("SELECT name FROM migrations")
        done = {name for (name,) in cursor.fetchall()}
        for file in sorted(Path(__file__).with_name("migrations").glob("*.sql")):
            if file.name in done:
                continue
            started = time.monotonic()
            cursor.execute(file.read_text())
            cursor.execute("INSERT INTO migrations (name) VALUES (%s)", (file.name,))
            print(f"{file.name}: {time.monotonic() - started:.1f} s")
    connection.close()
    print("The database is up to date.")


if __name__ == "__main__":
    main()
