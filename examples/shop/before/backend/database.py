"""The database: connection, tables, sample data."""

import os

from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)

TABLES = """
CREATE TABLE IF NOT EXISTS products (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price_cents integer NOT NULL
);
CREATE TABLE IF NOT EXISTS reviews (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id integer NOT NULL REFERENCES products (id),
  stars smallint NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
  id text PRIMARY KEY,
  product_id integer NOT NULL,
  quantity integer NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO products (id, name, price_cents)
SELECT n, 'Product ' || n, 500 + (n * 7919) % 9500 FROM generate_series(1, 200) AS n
ON CONFLICT (id) DO NOTHING;
INSERT INTO reviews (product_id, stars)
SELECT 1 + n % 200, 1 + (n * 7919 / 200) % 5 FROM generate_series(1, 200000) AS n
WHERE NOT EXISTS (SELECT FROM reviews);
"""


def create_tables() -> None:
    with engine.begin() as connection:
        connection.execute(text(TABLES))
