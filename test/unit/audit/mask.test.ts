import { describe, expect, it } from 'vitest';
import { maskLine } from '../../../src/audit/mask.ts';

describe('secrets in a line of source', () => {
  it.each([
    ['  POSTGRES_PASSWORD: hunter2', '  POSTGRES_PASSWORD: ****'],
    ['  - SECRET_KEY=hunter2', '  - SECRET_KEY=****'],
    ['  DJANGO_SECRET_KEY: "a b#c" # old', '  DJANGO_SECRET_KEY: "****" # old'],
    ["token = 'hunter2'", "token = '****'"],
    ['"api_key": "hunter2",', '"api_key": "****",'],
    ['  PASSWORD: ${DB_PASSWORD:-hunter2}', '  PASSWORD: ${DB_PASSWORD:-****}'],
    ['URL: postgresql://shop:hunter2@db/shop', 'URL: postgresql://shop:****@db/shop'],
    [
      'URL: postgresql://shop:${PASSWORD:-hunter2}@db/shop',
      'URL: postgresql://shop:${PASSWORD:-****}@db/shop',
    ],
    ['REDIS_URL=redis://:hunter2@cache:6379/0', 'REDIS_URL=redis://:****@cache:6379/0'],
    ['  USER: ${SHOP_TOKEN:-hunter2} b', '  USER: ${SHOP_TOKEN:-****} b'],
    ['URL=amqp://shop:p@ss@queue/x@y', 'URL=amqp://shop:****@queue/x@y'],
    ['command: redis-server --requirepass hunter2', 'command: redis-server --requirepass ****'],
    ['command: [redis-server, --requirepass, "hunter2"]', 'command: [redis-server, --requirepass, "****"]'],
    ['requirepass hunter2', 'requirepass ****'],
    ['test: redis-cli -a hunter2 ping', 'test: redis-cli -a **** ping'],
    [
      "test: ['CMD', 'redis-cli', '-a', 'hunter2', 'ping']",
      "test: ['CMD', 'redis-cli', '-a', '****', 'ping']",
    ],
    ['flower --basic_auth=admin:hunter2 --port=5555', 'flower --basic_auth=admin:**** --port=5555'],
    ['run --api-key hunter2', 'run --api-key ****'],
    ['a: https://u:p1@x https://v:p2@y', 'a: https://u:****@x https://v:****@y'],
  ])('%s', (line, masked) => {
    expect(maskLine(line)).toBe(masked);
  });

  it.each([
    '  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}',
    '  POSTGRES_PASSWORD_FILE: /run/secrets/password',
    'SECRET_KEY = os.environ["SECRET_KEY"]',
    'password:',
    'redis-server --requirepass $REDIS_PASSWORD --appendonly yes',
    'gunicorn --user app:app main:app --token --reload',
    '      POSTGRES_PASSWORD: ""',
    'proxy_cache_path /tmp keys_zone=api_cache:10m;',
    'proxy_pass http://backend:8000;',
    'image: registry:5000/shop:1.0',
    'engine = create_engine(URL, pool_pre_ping=True)',
  ])('leaves alone: %s', (line) => {
    expect(maskLine(line)).toBe(line);
  });

  it('takes linear time', () => {
    const started = performance.now();
    maskLine('password'.repeat(50_000));
    maskLine(`://${'a'.repeat(200_000)}`);
    maskLine('://'.repeat(100_000));
    maskLine('password='.repeat(50_000));
    maskLine('password=/'.repeat(50_000));
    maskLine('redis-cli '.repeat(10_000));
    maskLine('--token '.repeat(10_000));
    maskLine(`--${'a-'.repeat(20_000)}`);
    maskLine('${token:-'.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
