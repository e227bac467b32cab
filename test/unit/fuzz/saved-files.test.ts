import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseBaseline, printBaseline } from '../../../src/audit/baseline.ts';
import { benchFolder, loadRuns } from '../../../src/bench/saved-runs.ts';
import { UsageError } from '../../../src/errors.ts';
import { parseEvidence, saveEvidence } from '../../../src/gather/evidence.ts';
import { liveStack } from '../../../src/gather/live-stack.ts';
import { readParts } from '../../../src/report/read.ts';
import { requireSandbox } from '../../../src/sandbox/state.ts';
import { filesOf } from '../../../src/source/files.ts';
import { mutated, mutatedJson, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';
import { resultOf } from '../bench/sample-result.ts';
import { liveFacts } from '../gather/live-facts.ts';

const cases = 400;
const root = mkdtempSync(join(tmpdir(), 'ops-fuzz-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const runs = JSON.stringify({ version: 1, runs: [resultOf([1, 2, 3])] });
const evidence = saveEvidence({
  at: '2026-11-23T22:38:53.000Z',
  tool: '0.1.0',
  files: filesOf(new Map([['docker-compose.yml', 'services: {}\n']]), new Map()),
  compose: { paths: ['docker-compose.yml'] },
  ...liveStack('web1', liveFacts()),
});
const baseline = JSON.stringify({
  version: 1,
  findings: [{ fingerprint: 'a1', rule: 'app-debug', subject: 'backend' }],
});
const state = JSON.stringify({
  version: 1,
  name: 'sandbox',
  root: '/x',
  directory: '/x',
  hosts: [{ name: 's1', container: 'c', sshPort: 2222, httpPort: 8080, hostKey: 'ssh-ed25519 AAAA' }],
  seed: 'after',
  app: { services: {} },
});

const sandbox = join(root, '.ops', 'sandbox', 'sandbox');
mkdirSync(sandbox, { recursive: true });
mkdirSync(join(root, benchFolder), { recursive: true });
writeFileSync(join(sandbox, 'id_ed25519'), 'key');

const readers: readonly [kind: string, text: string, file: string, read: (text: string) => unknown][] = [
  ['evidence', evidence, 'evidence.json', (text) => parseEvidence(text, 'evidence.json')],
  [
    'baselines',
    baseline,
    'baseline.json',
    (text) => printBaseline(parseBaseline(text, 'baseline.json').findings as never),
  ],
  ['inputs of a report', runs, 'run.json', (text) => readParts(text, 'run.json', 'run')],
  [
    'saved runs',
    runs,
    'fuzz.json',
    async (text) => {
      writeFileSync(join(root, benchFolder, 'fuzz.json'), text);
      return await loadRuns(root, 'fuzz');
    },
  ],
  [
    'states of a sandbox',
    state,
    'state.json',
    (text) => {
      writeFileSync(join(sandbox, 'state.json'), text);
      return requireSandbox(root, 'sandbox').hosts.map(({ sshPort }) => sshPort.toFixed());
    },
  ],
];

it.each(readers)(
  `${cases} %s are read, or refused with the file’s name`,
  async (_, text, file, read) => {
    await read(text);
    const random = seeded(text.length);
    const trial = await tryAll(
      cases,
      () => (random() < 0.7 ? mutatedJson(text, random) : mutated(text, oddPieces, random)),
      async (input) => {
        let error: unknown;
        try {
          await read(input);
          return;
        } catch (thrown) {
          error = thrown;
        }
        if (!(error instanceof UsageError)) throw error;
        if (!`${error.message} ${error.place.file ?? ''}`.includes(file))
          throw new Error('no file', { cause: error });
      },
    );
    expect(trial).toEqual({ count: cases, broken: [] });
  },
  60_000,
);
