import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configuredNames, loadConfig } from '../../../src/config/load.ts';
import { OpsError } from '../../../src/errors.ts';
import { mutated, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';
import { memoryFiles } from '../config/memory-files.ts';

const cases = 1500;

/** Longest time that one document may take on a slow, busy machine; what multiplies without end takes for ever. */
const mostMs = 20_000;

/** What the files do not say at all has no place in them. */
const nowhere = new Set(['TARGET_MISSING', 'TARGET_AMBIGUOUS', 'TARGET_UNKNOWN', 'TARGET_WITHOUT_HOSTS']);

/** What an error lacks: it must be the user's, and name the file. */
function lacking(error: unknown): string | undefined {
  if (!(error instanceof OpsError)) return `a bug: ${String(error)}`;
  if (error.reason !== 'usage') return `another reason: ${error.reason}`;
  if (nowhere.has(error.code) || /ops\.yaml|\.env/.test(`${error.message} ${error.place.file ?? ''}`)) return;
  return `no file: ${error.message}`;
}

/** What is wrong with how files are loaded: nothing when they make a configuration, or a good error, in time. */
async function loading(content: Readonly<Record<string, string>>): Promise<string[]> {
  const files = memoryFiles({ '/shop/.git/HEAD': '', ...content });
  const began = performance.now();
  const errors = await Promise.all(
    [loadConfig, configuredNames].map(async (load) => {
      try {
        await load({ cwd: '/shop', env: {}, flags: {}, files });
        return undefined;
      } catch (error) {
        return lacking(error);
      }
    }),
  );
  const tookMs = performance.now() - began;
  return [
    ...errors.filter((error) => error !== undefined),
    ...(tookMs > mostMs ? [`took ${tookMs} ms`] : []),
    ...Object.keys(Object.prototype).map((key) => `every object has ${key}`),
  ];
}

async function loads(content: Readonly<Record<string, string>>): Promise<void> {
  expect(await loading(content)).toEqual([]);
}

const yaml = `
default_target: production
app_dir: /srv/app
branch: main
compose: { files: [docker-compose.prod.yml], profiles: [web] }
health: &health { path: /health, timeout: 60s, port: 8000 }
build:
  args: { VERSION: "1" }
hooks:
  before_deploy: [npm test]
deploy: { strategy: rolling, stability: 5s, keep: 5, min_disk: 2g }
targets:
  production:
    hosts:
      - deploy@203.0.113.5:2222
      - { address: web2.example, user: root, port: 22 }
    url: https://shop.example
  staging:
    <<: { branch: next }
    production: false
    hosts: [staging.example]
    health: *health
`;
const yamlPieces = [
  ...oddPieces,
  '&a ',
  '*a',
  '*a ',
  '<<: *a\n',
  '!!binary ',
  '!!js/function ',
  '? ',
  '- ',
  '---\n',
  '...\n',
  '|\n',
  '>-\n',
  '  ',
  '# ',
  '{a: ',
  'hosts: ',
  'targets:\n',
  '__proto__: ',
  'constructor: ',
  '0x1f',
  '.inf',
  '2001-01-01',
  'null: ',
  'true: ',
  '~',
];

const dotenv = [
  'OPS_HOST="deploy@203.0.113.5:2222, web2"\nexport OPS_APP_DIR=/srv/app\nOPS_BRANCH=main # comment\n',
  "OPS_HEALTH_PATH='/health'\nOPS_HEALTH_TIMEOUT=60s\nOPS_COMPOSE_FILE=a.yml,b.yml\nDB_PASSWORD=x\n",
].join('');
const dotenvPieces = [
  ...oddPieces,
  'OPS_',
  'OPS_PORT=',
  'export ',
  '`',
  '#',
  '\n\n',
  'OPS_HOST=',
  '${A}',
  '.*+?^$()',
];

it(`${cases} mutated ops.yaml`, async () => {
  const random = seeded(41);
  const trial = await tryAll(
    cases,
    () => mutated(yaml, yamlPieces, random),
    async (text) => await loads({ '/shop/ops.yaml': text }),
  );
  expect(trial).toEqual({ count: cases, broken: [] });
}, 120_000);

it(`${cases} mutated .env`, async () => {
  const random = seeded(42);
  const trial = await tryAll(
    cases,
    () => mutated(dotenv, dotenvPieces, random),
    async (text) => await loads({ '/shop/.env': text }),
  );
  expect(trial).toEqual({ count: cases, broken: [] });
}, 120_000);

it('1000 values of every kind in every place of the schema', async () => {
  const random = seeded(43);
  const schema = JSON.parse(
    readFileSync(new URL('../../../schema/ops.schema.json', import.meta.url), 'utf8'),
  ) as { properties: Record<string, { properties?: Record<string, unknown> }> };
  const keys = Object.entries(schema.properties).flatMap(([key, { properties }]) => [
    [key],
    ...Object.keys(properties ?? {}).map((below) => [key, below]),
  ]);
  const values = [
    'null',
    '[]',
    '{}',
    '[[]]',
    '[{}]',
    '{a: {b: c}}',
    '""',
    '"\\0"',
    '-1',
    '1e999',
    '.nan',
    '99999999999999999999999',
    '0o777',
    'yes',
    '2001-01-01',
    '"\\ud800"',
    '*x',
    '!!set {a}',
    `"${'x'.repeat(10_000)}"`,
    '{__proto__: {a: 1}}',
    '{constructor: 1}',
    '[1, "a", null, {}]',
    '"a b; $(id)"',
    '"../../etc"',
    '"-x"',
  ];
  const trial = await tryAll(
    1000,
    () => {
      const [first = '', second] = keys[Math.floor(random() * keys.length)] ?? [];
      const value = values[Math.floor(random() * values.length)] ?? '';
      return `${first}: ${second === undefined ? value : `{ ${second}: ${value} }`}\n`;
    },
    async (text) =>
      await loads({ '/shop/ops.yaml': text.startsWith('hosts') ? text : `${text}hosts: [web1]\n` }),
  );
  expect(trial).toEqual({ count: 1000, broken: [] });
}, 120_000);

describe('what is made to break a reader', () => {
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]`,
    ),
  ].join('\n');
  const merges = [
    'a0: &a0 {x: 1}',
    ...Array.from(
      { length: 20 },
      (_, index) => `a${index + 1}: &a${index + 1} {<<: [*a${index}, *a${index}], y${index}: 1}`,
    ),
  ].join('\n');
  const long = 'x'.repeat(1_000_000);

  it.each<[string, string]>([
    ['aliases that multiply', bomb],
    ['merges that multiply', merges],
    ['an alias of itself', 'a: &a [*a]\nhosts: *a\n'],
    ['a merge of itself', 'a: &a\n  <<: *a\nhosts: [web1]\n'],
    ['an alias of the whole', '&a\nhosts: *a\n'],
    ['lists three thousand deep', `hosts: ${'['.repeat(3000)}`],
    ['closed lists, two thousand deep', `hosts: ${'['.repeat(2000)}${']'.repeat(2000)}\n`],
    ['maps a thousand deep', `hosts: ${'{a: '.repeat(1000)}`],
    [
      'blocks a thousand deep',
      Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ],
    ['a line of a megabyte', `hosts: [web1]\nbranch: ${long}\n`],
    ['a key of a megabyte', `${long}: 1\n`],
    ['a comment of a megabyte', `hosts: [web1] # ${long}\n`],
    ['five thousand keys', Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['the same key, many times', 'hosts: [web1]\n'.repeat(2000)],
    ['nothing but tabs', '\t'.repeat(1000)],
    ['NUL bytes', '\0'.repeat(1000)],
    ['a byte order mark and CRLF', '\uFEFFhosts: [web1]\r\nbranch: main\r\n'],
    ['keys of every object', '__proto__: {a: 1}\nconstructor: {prototype: 1}\ntoString: 1\nhosts: [web1]\n'],
    ['a target named like one', 'targets: {__proto__: {hosts: [web1]}, constructor: {hosts: [web1]}}\n'],
  ])(
    'in ops.yaml: %s',
    async (_, text) => {
      expect(await loading({ '/shop/ops.yaml': text })).toEqual([]);
    },
    60_000,
  );

  it.each<[string, string]>([
    ['a line of a megabyte', `OPS_HOST=web1\nOPS_BRANCH=${long}\n`],
    ['a name of a megabyte', `OPS_${'X'.repeat(100_000)}=1\n`],
    ['a quote that never ends', `OPS_HOST="${long}\n`],
    ['quotes that never end', '"\n\'\n`'.repeat(20_000)],
    ['spaces', `OPS_HOST=${' '.repeat(100_000)}web1\n`],
    ['backslashes', `OPS_HOST="${'\\'.repeat(100_000)}"\n`],
    ['the same name, many times', 'OPS_HOST=web1\n'.repeat(5000)],
    ['unknown names', Array.from({ length: 500 }, (_, index) => `OPS_X${index}=1`).join('\n')],
    [
      'names of every object',
      '__proto__=1\nconstructor=1\nOPS___proto__=1\nOPS_CONSTRUCTOR=1\nOPS_HOST=web1\n',
    ],
    ['NUL bytes', 'OPS_HOST=a\0b\nOPS_APP_DIR=/srv/\0\n'],
  ])('in .env: %s', async (_, text) => {
    expect(await loading({ '/shop/.env': text })).toEqual([]);
  });
});
