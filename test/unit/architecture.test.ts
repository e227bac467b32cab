import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  globSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pure = [
  'shell',
  'facts',
  'plan',
  'deploy',
  'check',
  'ledger',
  'source',
  'readers',
  'redact',
  'stack',
  'audit',
  'fix',
  'tune',
  'report',
];

/** Each source breaks a rule of the layers, except those with `rule: undefined`. */
const cases = [
  { file: 'src/shell/a.ts', source: "import 'node:fs/promises';", rule: 'no-restricted-imports' },
  { file: 'src/facts/a.ts', source: "import 'node:child_process';", rule: 'no-restricted-imports' },
  { file: 'src/plan/a.ts', source: "import '../host/connect.ts';", rule: 'no-restricted-imports' },
  { file: 'src/deploy/a.ts', source: "import '../cli/confirm.ts';", rule: 'no-restricted-imports' },
  { file: 'src/check/a.ts', source: "import '../config/load.ts';", rule: 'no-restricted-imports' },
  { file: 'src/ledger/a.ts', source: "import 'listr2';", rule: 'no-restricted-imports' },
  { file: 'src/config/a.ts', source: "import '@oclif/core';", rule: 'no-restricted-imports' },
  { file: 'src/sandbox/a.ts', source: "import 'inquirer';", rule: 'no-restricted-imports' },
  { file: 'src/sandbox/b.ts', source: "import 'node-ssh';", rule: 'no-restricted-imports' },
  { file: 'src/host/a.ts', source: "import 'ora';", rule: 'no-restricted-imports' },
  { file: 'src/cli/a.ts', source: "import 'ssh2';", rule: 'no-restricted-imports' },
  { file: 'src/commands/a.ts', source: "import 'node-ssh';", rule: 'no-restricted-imports' },
  { file: 'src/brandnew/a.ts', source: "import '@oclif/core/command';", rule: 'no-restricted-imports' },
  { file: 'src/rollout/a.ts', source: "import '../cli/confirm.ts';", rule: 'no-restricted-imports' },
  { file: 'src/rollout/b.ts', source: "import '../host/connect.ts';", rule: 'no-restricted-imports' },
  { file: 'src/rollout/c.ts', source: "import '../config/load.ts';", rule: 'no-restricted-imports' },
  { file: 'src/rollout/d.ts', source: "import 'listr2';", rule: 'no-restricted-imports' },
  { file: 'src/probe/a.ts', source: "import 'ssh2';", rule: 'no-restricted-imports' },
  { file: 'src/probe/b.ts', source: "import '../host/ssh-host.ts';", rule: 'no-restricted-imports' },
  { file: 'src/audit/a.ts', source: "import 'node:fs';", rule: 'no-restricted-imports' },
  {
    file: 'src/audit/rules/a.ts',
    source: "import '../../commands/audit.ts';",
    rule: 'no-restricted-imports',
  },
  {
    file: 'src/readers/compose/a.ts',
    source: "import '../../commands/audit.ts';",
    rule: 'no-restricted-imports',
  },
  { file: 'src/readers/compose/b.ts', source: "import 'node:fs';", rule: 'no-restricted-imports' },
  { file: 'src/readers/compose/ok.ts', source: "import '../commands/app-server.ts';", rule: undefined },
  { file: 'src/tune/ok.ts', source: "import '../readers/commands/app-server.ts';", rule: undefined },
  { file: 'src/bench/a.ts', source: "import '../cli/confirm.ts';", rule: 'no-restricted-imports' },
  { file: 'src/report/a.ts', source: "import 'node:fs';", rule: 'no-restricted-imports' },
  { file: 'src/gather/a.ts', source: "import '../cli/confirm.ts';", rule: 'no-restricted-imports' },
  { file: 'src/observe/a.ts', source: "import '../commands/check.ts';", rule: 'no-restricted-imports' },
  { file: 'src/plan/b.ts', source: 'export const at = Date.now();', rule: 'no-restricted-properties' },
  { file: 'src/plan/c.ts', source: 'export const id = Math.random();', rule: 'no-restricted-properties' },
  {
    file: 'src/facts/b.ts',
    source: "export const home = process.env['HOME'];",
    rule: 'no-restricted-globals',
  },
  { file: 'src/plan/ok.ts', source: "export type { Host } from '../host/host.ts';", rule: undefined },
  {
    file: 'src/rollout/ok.ts',
    source:
      "import type { Host } from '../host/host.ts';\nimport { spawn } from 'node:child_process';\nexport const run = (host: Host) => [host, spawn];",
    rule: undefined,
  },
  {
    file: 'src/probe/ok.ts',
    source:
      "import type { Host } from '../host/host.ts';\nimport { request } from 'node:http';\nexport const ask = (host: Host) => [host, request, performance.now()];",
    rule: undefined,
  },
  { file: 'src/host/ok.ts', source: "import 'ssh2';", rule: undefined },
  { file: 'src/cli/ok.ts', source: "import 'listr2';", rule: undefined },
];

let directory: string;
let reported: Map<string, string>;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ops-layers-'));
  cpSync(join(root, 'oxlint.config.ts'), join(directory, 'oxlint.config.ts'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction');
  for (const { file, source } of cases) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), `${source}\n`);
  }
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=unix', 'src'], {
    cwd: directory,
    encoding: 'utf8',
  });
  const lines = [...stdout.matchAll(/^(\S+?):\d+:\d+: .*\[Error\/.*\((.*)\)\]$/gm)];
  reported = new Map(lines.map(([, file = '', rule = '']) => [file.replaceAll('\\', '/'), rule]));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the linter knows the layers', () => {
  it.each(cases)('$file: $source', ({ file, rule }) => {
    expect(reported.get(file)).toBe(rule);
  });
});

describe('pure folders read no clock', () => {
  // The linter cannot tell `new Date()` from `new Date(ms)`.
  const clock = /new Date\(\s*\)|(?<![.\w])Date\(\)|process\.hrtime|setTimeout\(|setInterval\(/;

  it('finds one', () => {
    expect('const at = new Date();').toMatch(clock);
    expect('const at = new Date(now());').not.toMatch(clock);
  });

  it.each(pure.flatMap((folder) => globSync(`src/${folder}/**/*.ts`, { cwd: root })))('%s', (file) => {
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(clock);
  });
});
