import { parser } from '@lezer/python';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { directives } from '../../../src/readers/nginx/flat.ts';
import { redactFiles, redactLine, redactText, redactWords } from '../../../src/redact/redact.ts';
import { filesOf } from '../../../src/source/files.ts';
import { canaryFiles } from './canaries.ts';

const { files } = redactFiles(filesOf(new Map(Object.entries(canaryFiles))));

describe.each(Object.entries(canaryFiles))('%s', (path, text) => {
  const redacted = files.read(path) ?? '';

  it('has no secret any more', () => {
    expect(redacted.split('\n').filter((line) => /CANARY|\d{6}/.test(line))).toEqual([]);
  });

  it('has as many lines, and those without a secret are as they were', () => {
    const before = text.split('\n');
    const after = redacted.split('\n');
    expect(after).toHaveLength(before.length);
    const changed = before
      .map((line, index) => [line, after[index]])
      .filter(([line = '', now]) => line !== now && !/CANARY|\d{6}|-----/.test(line));
    expect(changed).toEqual([]);
  });

  it('stays as it is when it is redacted again', () => {
    expect(redactText(path, redacted, new Set(['IMAGE_TAG']))).toBe(redacted);
  });
});

describe('what was redacted can still be read', () => {
  const text = (path: string): string => files.read(path) ?? '';

  it.each(['docker-compose.yml', 'config/settings.yaml', 'package.json'])('%s: YAML', (path) => {
    for (const document of parseAllDocuments(text(path)))
      expect('errors' in document ? document.errors : []).toEqual([]);
  });

  it('Python', () => {
    let broken = false;
    parser.parse(text('app/settings.py')).iterate({ enter: ({ type }) => void (broken ||= type.isError) });
    expect(broken).toBe(false);
  });

  it('nginx: the same directives', () => {
    const shape = (config: string): string[] =>
      directives(config).map(({ name, args }) => `${name} ${args.length}`);
    const before = shape(canaryFiles['nginx/nginx.conf'] ?? '').filter((line) => !/CANARY/.test(line));
    expect(shape(text('nginx/nginx.conf')).filter((line) => !/redacted/.test(line))).toEqual(before);
  });

  it('JSON', () => {
    expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'shop', config: { port: 3000 } });
  });

  it('keeps what an audit needs', () => {
    const compose = text('docker-compose.yml');
    for (const kept of [
      'postgresql+asyncpg://shop:redacted@db:5432/shop',
      'API_TOKEN: ${API_TOKEN:-redacted}',
      '--requirepass redacted --appendonly yes',
      'args: { NPM_TOKEN: redacted, VERSION: 3 }',
      'export TOKEN=redacted && exec gunicorn -w 4 app:app',
    ])
      expect(compose).toContain(kept);
    expect(text('.env')).toContain('DATABASE_URL=postgresql://shop:redacted@db/shop');
    expect(text('Dockerfile')).toContain('ENV SECRET_KEY=redacted WORKERS=4 \\');
    expect(text('Dockerfile')).toContain('"--workers", "4", "--secret", "redacted"]');
  });

  it('keeps variables of an env file that Compose files interpolate', () => {
    const env = (compose: string) =>
      redactFiles(
        filesOf(
          new Map([
            ['.env', 'TAG=v1-beta\n'],
            ['compose.yml', compose],
          ]),
        ),
      ).files.read('.env');
    expect(env('image: shop:${TAG:-latest}')).toBe('TAG=v1-beta\n');
    expect(env('image: shop')).toBe('TAG=redacted\n');
  });

  it('finds a secret again where nothing gives it away', () => {
    const both = redactFiles(
      filesOf(
        new Map([
          ['.env', 'DB_PASSWORD=s3cr3t-Word!\n'],
          ['notes.py', '# the one that begins with s3cr3t-Word!\n'],
        ]),
      ),
    ).files;
    expect(both.read('notes.py')).toBe('# the one that begins with redacted\n');
  });
});

describe('command lines and log lines', () => {
  it.each([
    [
      ['redis-server', '--requirepass', 'hunter2'],
      ['redis-server', '--requirepass', 'redacted'],
    ],
    [
      ['mysqld', '--password=hunter2'],
      ['mysqld', '--password=redacted'],
    ],
    [
      ['/usr/bin/mysql', '-uroot', '-phunter2'],
      ['/usr/bin/mysql', '-uroot', '-predacted'],
    ],
    [
      ['app', 'postgresql://u:p4ss@db/x'],
      ['app', 'postgresql://u:redacted@db/x'],
    ],
    [
      ['gunicorn', 'main:app', '--workers', '4', '--keep-alive', '75', '--access-logfile', '-'],
      ['gunicorn', 'main:app', '--workers', '4', '--keep-alive', '75', '--access-logfile', '-'],
    ],
  ])('%j', (words, expected) => {
    expect(redactWords(words)).toEqual(expected);
  });

  it('in a line', () => {
    expect(redactLine('connecting to amqp://guest:s3cret@mq:5672/ with token=abc123 failed')).toBe(
      'connecting to amqp://guest:redacted@mq:5672/ with token=redacted failed',
    );
  });
});

describe('hostile input', () => {
  it.each([
    ['deep.yml', '['.repeat(20_000)],
    ['deep2.yml', '- '.repeat(5_000)],
    ['deep3.yml', Array.from({ length: 900 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    ['a.py', '('.repeat(50_000)],
    ['b.py', 'password = '.repeat(20_000)],
    ['c.conf', 'map $http_token $x {'.repeat(5_000)],
    ['d.conf', '://a:'.repeat(50_000)],
    ['.env', 'A="'.repeat(20_000)],
    ['e.sh', `#!/bin/sh\n${'mysql '.repeat(20_000)}`],
    ['f.sh', `#!/bin/sh\n${'${A:-'.repeat(20_000)}`],
    ['g.txt', '-----BEGIN A KEY-----'.repeat(10_000)],
    ['h.ini', `password=${'\\'.repeat(100_000)}`],
    ['i.toml', `password = """${'a\n'.repeat(50_000)}`],
    ['j.yml', `password: "${'a\\"'.repeat(50_000)}`],
    ['k.conf', '--a '.repeat(50_000)],
    ['Dockerfile', 'ENV A b\\\n'.repeat(10_000)],
  ])('%s takes no time', (path, text) => {
    const start = performance.now();
    expect(redactText(path, text).split('\n')).toHaveLength(text.split('\n').length);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

describe('mutated input', () => {
  const pieces = [
    '"',
    "'",
    '\\',
    '${',
    '}',
    '\n',
    '=',
    ': ',
    '- ',
    '#',
    '"""',
    '{',
    '[',
    '|',
    '\t',
    '\r\n',
    '://a:b@',
  ];

  it('keeps its lines, whatever becomes of the rest', () => {
    let state = 42;
    const below = (limit: number): number => {
      state = (state * 1_664_525 + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    const originals = Object.entries(canaryFiles);
    for (let round = 0; round < 600; round += 1) {
      const [path, original] = originals[below(originals.length)] ?? ['', ''];
      let text = original;
      for (let change = below(5); change >= 0; change -= 1) {
        const at = below(text.length);
        text = text.slice(0, at) + (pieces[below(pieces.length)] ?? '') + text.slice(at + below(8));
      }
      expect(redactText(path, text).split('\n')).toHaveLength(text.split('\n').length);
    }
  });

  it('a quote that is never closed leaves nothing of the secret', () => {
    expect(redactText('a.yml', 'a:\n  - "TOKEN=abc')).toBe('a:\n  - "TOKEN=redacted');
    expect(redactText('a.yml', 'password: "abc')).toBe('password: "redacted');
    expect(redactText('a.py', 'password = "abc')).toBe('password = "redacted');
    expect(redactText('.env', 'PASSWORD="abc')).toBe('PASSWORD=redacted');
    expect(redactText('a.sh', 'PASSWORD="abc')).toBe('PASSWORD="redacted');
  });
});
