import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { envExample, schemaFile, withSettingsTable } from '../../../scripts/config-files.ts';
import Deploy from '../../../src/commands/deploy.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { isMap, jsonSchema } from '../../../src/config/schema.ts';
import { settingList } from '../../../src/config/settings.ts';
import { readYaml } from '../../../src/config/yaml-file.ts';
import { badYaml } from './bad-yaml.ts';
import { memoryFiles } from './memory-files.ts';

async function committed(path: string): Promise<string> {
  return await readFile(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
}

const page = await committed('docs/configuration.md');
const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

describe('files made from the table of settings (npm run generate)', () => {
  test('schema/ops.schema.json', async () => {
    expect(await committed('schema/ops.schema.json')).toBe(schemaFile());
  });

  test('.env.example', async () => {
    expect(await committed('.env.example')).toBe(envExample());
  });

  test('docs/configuration.md', () => {
    expect(page).toBe(withSettingsTable(page));
  });
});

describe('examples are true', () => {
  test('.env.example works as it is', async () => {
    const files = memoryFiles({ '/shop/.env': envExample() });
    const { config } = await loadConfig({ cwd: '/shop', env: {}, flags: {}, files });
    expect(config.target.hosts).toEqual([{ name: '203.0.113.5', address: '203.0.113.5', user: 'deploy' }]);
  });

  test('every line of .env.example is valid, and its value is the default where there is one', async () => {
    const files = memoryFiles({ '/shop/.env': envExample().replaceAll(/^#(?=OPS_)/gm, '') });
    const { config } = await loadConfig({ cwd: '/shop', env: {}, flags: {}, files });
    const plain = await loadConfig({ cwd: '/shop', env: {}, flags: { host: 'a' }, files: memoryFiles({}) });
    for (const { path, default: preset } of settingList) {
      if (preset === undefined || (Array.isArray(preset) && preset.length === 0)) continue;
      const at = (root: unknown): unknown =>
        path.split('.').reduce((value, part) => (isMap(value) ? value[part] : undefined), root);
      expect([path, at(config.target)]).toEqual([path, at(plain.config.target)]);
    }
  });

  test('the ops.yaml of the documentation', async () => {
    const files = memoryFiles({ '/shop/ops.yaml': example });
    const { config, targets } = await loadConfig({
      cwd: '/shop',
      env: {},
      flags: { target: 'production' },
      files,
    });
    expect(targets).toEqual(['production', 'staging']);
    expect(config.target).toMatchObject({
      hosts: [{ name: '203.0.113.5' }, { name: 'web-2', address: '203.0.113.6', port: 2222 }],
      deploy: { batch: '50%', stabilityMs: 10_000 },
      release: { command: 'alembic upgrade head', hosts: 'first' },
      services: { roll: ['backend', 'worker'], proxy: 'nginx' },
    });
  });
});

describe('the JSON Schema', () => {
  const schema = z.fromJSONSchema(jsonSchema());
  const accepts = (yaml: string): boolean => schema.safeParse(readYaml(yaml, 'ops.yaml').value).success;

  test.each([
    ['the example of the documentation', example],
    ['one host alone', 'hosts: deploy@web1\n'],
    ['a host as a map', 'hosts: { address: web1, port: 22 }\n'],
    ['durations and sizes', 'deploy: { stability: 1m30s, drain: 5, min_disk: 2G, batch: 25% }\n'],
    ['one value instead of a list', 'hooks: { after_deploy: ./tell.sh }\ncompose: { files: a.yml }\n'],
  ])('accepts %s', (_name, yaml) => {
    expect(accepts(yaml)).toBe(true);
  });

  test.each([
    'key with a typo',
    'camelCase instead of snake_case',
    'key that belongs into a section',
    'key with a typo in a host',
    'secrets in the file',
    'duration without a unit we know',
    'size without a unit we know',
    'number in quotes',
    'port out of range, fraction',
    'choice with a typo',
    'text instead of a section',
    'map instead of a list',
    'checks that do not exist, thresholds that are none',
  ])('refuses as ops does: %s', (name) => {
    expect(accepts(badYaml[name]?.yaml ?? 'missing')).toBe(false);
  });

  test('explains every key', () => {
    const root = jsonSchema();
    const definitions = root['$defs'] as Record<string, Record<string, unknown>>;
    const silent: string[] = [];
    const visit = (node: Record<string, unknown>, path: string): void => {
      for (const [name, raw] of Object.entries(
        (node['properties'] ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        const reference = raw['$ref'];
        const shown =
          typeof reference === 'string' ? { ...definitions[reference.split('/').at(-1) ?? ''], ...raw } : raw;
        if (typeof shown['description'] !== 'string' || shown['description'] === '')
          silent.push(`${path}${name}`);
      }
    };
    visit(root, '');
    for (const [name, definition] of Object.entries(definitions)) visit(definition, `${name}.`);
    expect(silent).toEqual([]);
  });
});

describe('the table of settings', () => {
  test.each(['key', 'env', 'flag'] as const)('no %s twice', (column) => {
    const names = settingList.flatMap((setting) => setting[column] ?? []);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.length).toBeGreaterThan(5);
  });

  test('every flag is one of `ops deploy`', () => {
    const known = Object.keys({ ...Deploy.baseFlags, ...Deploy.flags });
    expect(settingList.flatMap(({ flag }) => flag ?? []).filter((flag) => !known.includes(flag))).toEqual([]);
  });

  test('every description is a sentence or two', () => {
    for (const { description } of settingList) expect(description).toMatch(/^[A-Z`].*\.$/);
  });
});
