"""A small shop: products to browse, orders to place."""

import os
import time
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import text

import faults
from database import create_tables, engine

VERSION = Path(__file__).with_name("VERSION").read_text().strip()


@asynccontextmanager
async def lifespan(_app: FastAPI):
    create_tables()
    faults.start()
    yield
    engine.dispose()


app = FastAPI(title="shop", lifespan=lifespan)
app.add_middleware(faults.FaultyPages)


class Order(BaseModel):
    # Chosen by the client, so that a request that is sent twice is one order.
    id: str = Field(min_length=1, max_length=64)
    product_id: int
    quantity: int = Field(ge=1, le=1000)
    # How long the (imagined) payment service takes.
    delay_ms: int = Field(default=200, ge=0, le=10_000)


@app.get("/api/products")
def products():
    """The best rated products; the ratings of all reviews are added up for each request."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT p.id, p.name, p.price_cents, count(*) AS reviews, round(avg(r.stars), 3)::float AS stars"
                " FROM products p JOIN reviews r ON r.product_id = p.id"
                " GROUP BY p.id ORDER BY stars DESC, p.id LIMIT 50"
            )
        )
        return [dict(row) for row in rows.mappings()]


@app.get("/api/products/{product_id}")
def product(product_id: int):
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT id, name, price_cents FROM products WHERE id = :id"), {"id": product_id}
        ).mappings().first()
    if row is None:
        raise HTTPException(404, "no such product")
    return dict(row)


@app.post("/api/orders", status_code=201)
def place_order(order: Order, response: Response):
    """Places an order once, however often it is sent: the answer to a repetition is 200 instead of 201."""
    # No database connection is held while the payment service is asked.
    time.sleep(order.delay_ms / 1000)
    with engine.begin() as connection:
        attempts = connection.execute(
            text(
                "INSERT INTO orders (id, product_id, quantity) VALUES (:id, :product_id, :quantity)"
                " ON CONFLICT (id) DO UPDATE SET attempts = orders.attempts + 1 RETURNING attempts"
            ),
            {"id": order.id, "product_id": order.product_id, "quantity": order.quantity},
        ).scalar_one()
    if attempts > 1:
        response.status_code = 200
    return {"id": order.id, "attempts": attempts}


@app.get("/api/orders/count")
def count_orders():
    """`orders` are rows; `attempts` counts every time that one was sent and written."""
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT count(*) AS orders, coalesce(sum(attempts), 0)::int AS attempts FROM orders")
        ).mappings().one()
    return dict(row)


@app.get("/api/orders/ids")
def order_ids(since: float = 0):
    """Ids and attempts of the orders since a time (seconds since 1970), oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT id, attempts FROM orders WHERE created_at >= to_timestamp(:since)"
                " ORDER BY created_at, id LIMIT 100000"
            ),
            {"since": since},
        )
        return [dict(row) for row in rows.mappings()]


@app.get("/download")
def download(seconds: int = 5):
    """A slow download: 1 KiB every 100 ms."""

    def chunks():
        for _ in range(max(1, min(seconds, 60)) * 10):
            yield b"x" * 1023 + b"\n"
            time.sleep(0.1)

    return StreamingResponse(chunks(), media_type="application/octet-stream")


@app.get("/health")
def health():
    """Healthy means that the database answers."""
    if faults.unhealthy():
        return JSONResponse({"status": "unhealthy"}, status_code=503)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception:
        return JSONResponse({"status": "no database"}, status_code=503)
    return {"status": "ok"}


@app.get("/version")
def version():
    return {"version": VERSION, "commit": os.environ.get("GIT_COMMIT", "unknown")}
