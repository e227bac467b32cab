/** Every word with `CANARY` in these files is a secret, and so are numbers of six digits and the lines of keys; nothing else is. */
export const canaryFiles: Readonly<Record<string, string>> = {
  'docker-compose.yml': `
# db password: CANARYc1
x-env: &env
  SECRET_KEY: CANARYy1   # token=CANARYc2
services:
  auth:
    image: example/auth:1.2
    secrets:
      - db_password
    environment:
      <<: *env
      POSTGRES_PASSWORD: CANARYy2
      REDIS_AUTH: "CANARY y3"
      JWT_SIGNING_KEY: 'CANARYy4''quoted'
      DATABASE_URL: postgresql+asyncpg://shop:CANARYy5/@db:5432/shop
      CELERY_BROKER_URL: redis://:CANARYy6@redis:6379/0
      SENTRY_DSN: https://CANARYy7@o1.ingest.sentry.io/2
      API_TOKEN: \${API_TOKEN:-CANARYy8}
      WITH_DEFAULT: \${DB_PASSWORD-CANARYy9}
      NESTED: \${A:-\${STRIPE_SECRET:-CANARYy10}}
      PRIVATE_KEY: |
        -----BEGIN PRIVATE KEY-----
        CANARYy11
        CANARYy12
        -----END PRIVATE KEY-----
      FOLDED_SECRET: >-
        CANARYy13
        CANARYy14
      MULTI_TOKEN: "CANARYy15
        CANARYy16"
      PLAIN_SECRET: CANARYy17
        CANARYy18
      NUMERIC_PASSWORD: 1234567890
      ACCESS_TOKEN_EXPIRE_MINUTES: 30
      POSTGRES_HOST_AUTH_METHOD: trust
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password
      COOKIE_SECURE: "true"
      SLACK_WEBHOOK_URL: https://hooks.slack.com/services/T0/B0/CANARYy19
      OTHER_WEBHOOK: https://example.com/hook/CANARYy20
      WEB_CONCURRENCY: "4"
  redis:
    image: redis:\${IMAGE_TAG:-7}
    command: redis-server --requirepass CANARYy21 --appendonly yes
    healthcheck:
      test: ["CMD", "redis-cli", "-a", "CANARYy22", "ping"]
    environment:
      - REDIS_PASSWORD=CANARYy23 with CANARYy24
      - "QUOTED_TOKEN=CANARYy25"
      - MODE=plain
  mysql:
    image: mysql:8
    command:
      - mysqld
      - --password
      - CANARYy26
    healthcheck:
      test: mysqladmin ping -h localhost -uroot -pCANARYy27
    labels:
      traefik.http.middlewares.auth.basicauth.users: "admin:$$apr1$$CANARYy$$28CANARYy29"
  app:
    build:
      context: .
      args: { NPM_TOKEN: CANARYy30, VERSION: 3 }
    command: ["sh", "-c", "export TOKEN=CANARYy31 && exec gunicorn -w 4 app:app"]
    ports: ["80:80"]
secrets:
  db_password:
    file: ./secrets/db_password
`,
  'config/settings.yaml': `
credentials:
  first: CANARYs1
  list: [CANARYs2, "CANARYs3"]
tokens:
  - CANARYs4
api_key: CANARYs5
nested: {password: CANARYs6, user: admin}
script: |
  curl -H "Authorization: Bearer CANARYs7" -H 'X-Api-Key: CANARYs8' https://u:CANARYs9@api.example
  password: CANARYs10
  export AWS_SECRET_ACCESS_KEY=CANARYs11
`,
  'config/broken.yaml': `a: [1\npassword: CANARYx1\n  b: "\n`,
  'package.json': `{
  "name": "shop",
  "config": { "authToken": "CANARYj1", "port": 3000 },
  "scripts": { "start": "API_KEY=CANARYj2 node server.js --secret=CANARYj3" }
}
`,
  '.env': `# OLD_PASSWORD=CANARYe1
POSTGRES_PASSWORD=CANARYe2
export API_KEY="CANARYe3 with spaces"
PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----
CANARYe4
CANARYe5
-----END RSA PRIVATE KEY-----"
UNKNOWN_THING=CANARYe6
SINGLE='CANARYe7' # comment
UNCLOSED="CANARYe8
IMAGE_TAG=1.4.2
WEB_CONCURRENCY=4
DEBUG=true
DATABASE_URL=postgresql://shop:CANARYe9@db/shop
EMPTY=
`,
  Dockerfile: `# syntax=docker/dockerfile:1
FROM python:3.12-slim AS base
ARG NPM_TOKEN=CANARYd1
ENV SECRET_KEY=CANARYd2 WORKERS=4 \\
    DB_PASSWORD="CANARYd3 and CANARYd4" \\
    PORT=8000
ENV API_TOKEN CANARYd5 CANARYd6
ENV GREETING hello world
RUN --mount=type=secret,id=npm pip install --index-url https://u:CANARYd7@pypi.example/simple x
RUN curl -u admin:CANARYd8 https://example.com && \\
    echo "PASSWORD=CANARYd9" > .env
RUN cat <<END > config.ini
password = CANARYd10
END
# token: CANARYd11
CMD ["gunicorn", "app:app", "--workers", "4", "--secret", "CANARYd12"]
`,
  'app/settings.py': `"""Settings. password = CANARYp0"""
import os
from pydantic import SecretStr
SECRET_KEY = "django-CANARYp1"
DB_PASSWORD: str = 'CANARYp2'
user, password = "shop", "CANARYp3"
TOKEN = os.getenv("API_TOKEN", "CANARYp4")
OTHER = os.environ.get("DB_PASSWORD") or "kept"
password = os.environ.get("DB_PASSWORD") or "CANARYp5"
key = os.environ["SECRET_KEY"]
engine = create_engine("postgresql://shop:CANARYp6@db/shop", pool_size=5)
dsn = "host=db user=shop password=CANARYp7 dbname=shop"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "PASSWORD": "CANARYp8", "NAME": "shop"}}
app.config["SECRET_KEY"] = f"CANARYp9{user}"
app.secret_key = b"CANARYp10"
connect(host="db", password="CANARYp11")
def login(user, token="CANARYp12"): pass
API_SECRETS = ["CANARYp13", 'CANARYp14']
PRIVATE_KEY = """-----BEGIN PRIVATE KEY-----
CANARYp15
-----END PRIVATE KEY-----
"""
LONG_SECRET = """
  CANARYp16
  CANARYp17 \\
"""
CONCATENATED_TOKEN = ("CANARYp18"
    'CANARYp19')
CONTINUED_PASSWORD = "CANARYp20 \\
CANARYp21"
if request.headers.get("x") == "plain" and token == "CANARYp22": pass
secret = SecretStr("CANARYp23")
SQLALCHEMY_DATABASE_URI = f"postgresql://{user}:{password}@db/shop"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCESS_TOKEN_EXPIRE_MINUTES = 30
SESSION_COOKIE_SECURE = True
PIN_SECRET = 123456
run(["redis-cli", "--password", "CANARYp24"])
config("JWT_SECRET", default="CANARYp25")
# api_key = "CANARYp26"
url = "https://example.com/?token=CANARYp27&page=2"
headers = {"Authorization": "Basic CANARYp28", "Accept": "json"}
workers = 4
`,
  'app/broken.py': `def f(:\n  password = "CANARYq1"\n  x = = \n`,
  'nginx/nginx.conf': `# proxy password: CANARYn1
http {
  proxy_cache_path /var/cache keys_zone=api:10m;
  map $http_x_api_key $allowed {
    default 0;
    "CANARYn2" 1;
    CANARYn3 1;
  }
  map $http_cookie $logged_in { default 0; ~sessionid 1; }
  server {
    auth_basic "Restricted";
    auth_basic_user_file /etc/nginx/.htpasswd;
    ssl_certificate_key /etc/ssl/site.key;
    set $backend_token "CANARYn4";
    secure_link_md5 "$secure_link_expires$uri CANARYn5";
    location / {
      proxy_set_header Authorization "Basic CANARYn6";
      proxy_set_header X-Api-Key CANARYn7;
      proxy_set_header X-Auth-Token "$http_authorization";
      proxy_set_header Cookie "";
      proxy_cache_key "$scheme$request_uri";
      if ($http_x_secret != "CANARYn8") { return 403; }
      if ($arg_token = CANARYn9) { return 204; }
      fastcgi_param DB_PASSWORD CANARYn10;
      proxy_pass http://u:CANARYn11@backend:8000;
      proxy_cache_bypass $http_authorization $cookie_session;
    }
  }
}
`,
  'nginx/default.conf.template': `server {\n  location / { proxy_set_header Authorization "Bearer CANARYt1"; }\n}\n`,
  'redis/redis.conf': `port 6379\nrequirepass CANARYr1\nmasterauth "CANARYr2"\nuser default on >CANARYr3 ~* +@all\n`,
  'pgbouncer/pgbouncer.ini': `[databases]
shop = host=db port=5432 password=CANARYi1 dbname=shop
[pgbouncer]
pool_mode = transaction
auth_type = scram-sha-256
; admin_password = CANARYi2
stats_secret: CANARYi3
private_key =
  CANARYi4
  CANARYi5
default_pool_size = 20
`,
  'postgres/postgresql.conf': `shared_buffers = 256MB\nprimary_conninfo = 'host=a password=CANARYi6 user=b'\npassword_encryption = scram-sha-256\n`,
  'config.toml': `[app]\nname = "shop"\nsecret_key = "CANARYm1"\ntokens = [\n  "CANARYm2",\n  "CANARYm3",\n]\npassword = """\nCANARYm4\n"""\nworkers = 4\n`,
  'deploy.sh': `#!/bin/sh
set -eu
export PGPASSWORD=CANARYh1
TOKEN='CANARYh2 more' # pw: x
: "\${DB_PASSWORD:=CANARYh3}"
SECRET="CANARYh4
CANARYh5"
mysqldump -u root -pCANARYh6 shop > dump.sql
sshpass -p CANARYh7 ssh host
curl -H "Authorization: token CANARYh8" https://example.com/
echo "deploy:CANARYh9" | chpasswd
cat > .env <<END
password=CANARYh10
api_key: CANARYh11
END
exec gunicorn app:app --workers 4
`,
  'shapes.sh': `#!/bin/sh
a eyJCANARYhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl
b AKIACANARY7EXAMPLE00
c ghp_CANARYabcdefghijklmnopqrstuvwx
d xoxb-CANARY-1234567890
e sk_live_CANARYabcdef1234
f github_pat_CANARYabcdefghijklmnop
g SG.CANARYabcdefghijkl.CANARYabcdefghijklmnop
`,
  'bin/entrypoint': `#!/usr/bin/env python3\npassword = "CANARYb1"\n`,
  'requirements.txt': `--extra-index-url https://user:CANARYz1@pypi.example/simple\nfastapi==0.115\n`,
};
