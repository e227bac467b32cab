-- Enough reviews that adding them up costs the database some tens of milliseconds.
INSERT INTO products (id, name, price_cents)
SELECT n, 'Product ' || n, 500 + (n * 7919) % 9500 FROM generate_series(1, 200) AS n
ON CONFLICT (id) DO NOTHING;

INSERT INTO reviews (product_id, stars)
SELECT 1 + n % 200, 1 + (n * 7919 / 200) % 5 FROM generate_series(1, 200000) AS n
WHERE NOT EXISTS (SELECT FROM reviews);

ANALYZE products, reviews;
