"""The connection pool. Each worker process has one of its own."""

import os

from sqlalchemy import create_engine

# 4 workers x (5 + 5) = 40 connections. While a deploy rolls, the old and the new containers run side by side,
# so twice that, 80, plus the migration and a person with psql must fit into max_connections (100, 3 reserved).
engine = create_engine(
    os.environ["DATABASE_URL"],
    pool_size=5,
    max_overflow=5,
    pool_timeout=10,
    pool_recycle=1800,
    pool_pre_ping=True,
)
