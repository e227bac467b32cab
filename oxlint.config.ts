import { defineConfig } from 'oxlint';

const terminal = {
  group: ['@oclif/*', '@oclif/**', 'listr2', 'ora', 'inquirer', '@inquirer/*', 'cli-table3'],
  message: 'Only src/cli and src/commands talk to the terminal.',
};
const ssh = {
  group: ['node-ssh', 'ssh2', 'ssh2/**', 'ssh-config'],
  message: 'Only src/host speaks SSH; take a `Host`.',
};
const cli = {
  group: ['**/cli/**', '**/commands/**', '!**/readers/commands/**'],
  message: 'Dependencies point inwards: nothing but src/cli and src/commands imports the command line.',
};
/** For src/readers, which has a folder `commands` of its own. */
const cliOfReaders = { ...cli, group: ['**/cli/**', '../../commands/**'] };
const adapters = {
  group: ['**/host/**', '!**/host/host.ts', '**/sandbox/**', '**/config/load.ts'],
  message: 'Take a `Host` and a `Target` as arguments; adapters are plugged in by src/cli.',
};
const outside = {
  regex: String.raw`^node:(fs|child_process|net|http|https|tls|dns|os|readline|worker_threads|process)(/|$)`,
  message: 'A pure folder does no input or output of its own.',
};

/** Folders that decide: values in, values out. */
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
/** Folders that act on a host through its port, and know neither the transport nor the terminal. */
const acting = ['rollout', 'probe', 'observe', 'gather', 'bench'];

function imports(...patterns: readonly object[]) {
  return { 'no-restricted-imports': ['error', { patterns }] } as const;
}

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['dist', 'coverage', 'examples', 'test/fixtures'],
  rules: {
    'import/no-cycle': 'error',
    'import/no-unassigned-import': 'off',
    'consistent-return': 'off',
    'no-await-in-loop': 'off',
    'no-control-regex': 'off',
    'no-shadow': 'off',
    'no-underscore-dangle': 'off',
    'promise/no-callback-in-promise': 'off',
    'typescript/consistent-return': 'off',
    'no-console': 'error',
    'no-param-reassign': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    eqeqeq: 'error',
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/no-unnecessary-type-arguments': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/prefer-node-protocol': 'error',
    'vitest/no-disabled-tests': 'error',
    'vitest/no-focused-tests': 'error',
  },
  overrides: [
    { files: ['src/**'], rules: imports(terminal, ssh, cli) },
    { files: ['src/cli/**', 'src/commands/**'], rules: imports(ssh) },
    { files: ['src/host/**'], rules: imports(terminal, cli) },
    { files: acting.map((folder) => `src/${folder}/**`), rules: imports(terminal, ssh, cli, adapters) },
    {
      files: [...pure.map((folder) => `src/${folder}/**`), 'src/config/{config,schema}.ts'],
      rules: {
        ...imports(terminal, ssh, cli, adapters, outside),
        'no-restricted-globals': [
          'error',
          { name: 'process', message: 'Take `env` or `cwd` as an argument.' },
        ],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: 'Take the clock as an argument.' },
          { object: 'performance', property: 'now', message: 'Take the clock as an argument.' },
          { object: 'Math', property: 'random', message: 'Take `random` as an argument.' },
          { object: 'crypto', property: 'randomUUID', message: 'Take `random` as an argument.' },
        ],
      },
    },
    { files: ['src/readers/*/**'], rules: imports(terminal, ssh, cliOfReaders, adapters, outside) },
    {
      files: ['test/**', 'scripts/**', 'bench/**', 'bin/**', '*.config.ts'],
      rules: { 'no-restricted-imports': 'off', 'no-console': 'off' },
    },
  ],
});
