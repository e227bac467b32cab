import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/check/evidence.ts';
import { evaluate, selectChecks } from '../../../src/check/run.ts';
import { statusReport } from '../../../src/cli/reports/status.ts';
import { serviceChanges } from '../../../src/deploy/changes.ts';
import { decide } from '../../../src/deploy/decide.ts';
import { mountedFiles, planBuild, servesWhole, snapshot } from '../../../src/deploy/plan-release.ts';
import { restoreSourceSteps, stopStartedStep } from '../../../src/deploy/plan-restore.ts';
import { planRoll } from '../../../src/deploy/plan-roll.ts';
import { preflight } from '../../../src/deploy/preflight.ts';
import { parseWanted } from '../../../src/deploy/wanted.ts';
import { OpsError } from '../../../src/errors.ts';
import { accessLog } from '../../../src/facts/access-log.ts';
import { containerSettings } from '../../../src/facts/container-settings.ts';
import { cpu } from '../../../src/facts/cpu.ts';
import type { Fact } from '../../../src/facts/fact.ts';
import { splitSections } from '../../../src/facts/gather.ts';
import { hostFacts, type HostFacts } from '../../../src/facts/index.ts';
import { logLines } from '../../../src/facts/log-lines.ts';
import { memory } from '../../../src/facts/memory.ts';
import { nginx } from '../../../src/facts/nginx.ts';
import { postgresSettings } from '../../../src/facts/postgres-settings.ts';
import { postgres } from '../../../src/facts/postgres.ts';
import { processMemory } from '../../../src/facts/process-memory.ts';
import { processes } from '../../../src/facts/processes.ts';
import { throttling } from '../../../src/facts/throttling.ts';
import { accessSummary } from '../../../src/gather/access-summary.ts';
import { liveStack, type LiveFacts } from '../../../src/gather/live-stack.ts';
import { hostStatus } from '../../../src/observe/status.ts';
import { mutated, mutatedJson, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';
import { healthy } from '../check/healthy.ts';
import { facts, git, script, target, wanted } from '../deploy/stack.ts';
import { liveFacts } from '../gather/live-facts.ts';

const cases = 400;

/** An OpsError is an answer; anything else is a bug. */
function orRefuses(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
  }
}

/** What deploy, rollback, status and check make of the facts. */
function useHostFacts(all: HostFacts): void {
  const options = { kind: 'deploy', force: true, rebuild: false } as const;
  const settings = target();
  expect(
    statusReport('production', [{ host: 'web1', roundTrips: 1, value: hostStatus(all) }], (_, text) => text),
  ).toContain('web1');
  orRefuses(() => preflight(all, settings, 'web1', { stash: false }));
  const { compose, images, containers, proxy } = all;
  orRefuses(() => {
    decide('web1', all, all.git.state === 'ok' ? all.git : git(), wanted(), settings, options);
    mountedFiles(containers, settings.appDir, ['nginx.conf']);
    const checkedOut = { commit: 'c'.repeat(40) };
    restoreSourceSteps({ script, facts: all, target: settings, previous: undefined, checkedOut });
    stopStartedStep({ script, facts: all, target: settings });
    if (compose.state !== 'ok') return;
    servesWhole(containers, compose);
    snapshot(undefined, git(), containers, compose);
    const changes = serviceChanges({ compose, images, containers, proxy, target: settings });
    planBuild({ host: 'web1', script, compose, images, target: settings, release: 'r' });
    planRoll({
      host: 'web1',
      script,
      project: compose.project,
      changes,
      proxy,
      target: settings,
      reload: true,
    });
  });
}

/** What the checks make of evidence. */
function useEvidence(evidence: Evidence): void {
  const results = evaluate(selectChecks([], []), { evidence, unread: {} }, { thresholds: {} });
  expect(JSON.stringify(results)).toContain('"status"');
}

const known = liveFacts();

/** What audit and tune make of a running stack. */
function useLive(more: Partial<LiveFacts>): void {
  expect(JSON.stringify(liveStack('web1', { ...known, ...more }))).toContain('services');
}

// oxlint-disable-next-line typescript/no-explicit-any -- a table of facts holds values of every shape
type AnyFact = Fact<string, any>;

let turn = 0;

/** Every fact, and who goes by it. */
const consumers: readonly [fact: AnyFact, use: (value: never) => void][] = [
  ...Object.entries(hostFacts).map(([key, fact]): [AnyFact, (value: never) => void] => [
    fact,
    (value) => {
      useHostFacts(facts({ [key]: value }));
      useEvidence({ ...healthy(), [key]: value });
      // Costs more than all the rest.
      turn += 1;
      if (turn % 8 > 0) return;
      if (key === 'engine' || key === 'system' || key === 'containers') useLive({ [key]: { value } });
    },
  ]),
  [accessLog('id', 10), (value) => useEvidence({ ...healthy(), accessLog: value })],
  [postgres(['id']), (value) => useEvidence({ ...healthy(), postgres: value })],
  [
    processes(['id']),
    (value) => {
      useEvidence({ ...healthy(), processes: value });
      useLive({ processes: { value } });
    },
  ],
  [cpu(['id'], 1000), (value) => useEvidence({ ...healthy(), cpu: value })],
  [
    memory(['id']),
    (value) => {
      useEvidence({ ...healthy(), memory: value });
      useLive({ memory: { value } });
    },
  ],
  [containerSettings(['id']), (value) => useLive({ settings: { value } })],
  [logLines(['id'], { patterns: {}, tail: 1, since: '1h' }), (value) => useLive({ logs: { value } })],
  [nginx(['id'], 1), (value) => useLive({ nginx: { value } })],
  [postgresSettings(['id']), (value) => useLive({ postgres: { value } })],
  [processMemory(['id']), (value) => useLive({ processMemory: { value } })],
  [throttling(['id']), (value) => useLive({ throttling: { value } })],
];

/** What a server printed once, by the name of the case. */
function printed(id: string): string[] {
  const directory = new URL(`../../fixtures/facts/${id}/`, import.meta.url);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(new URL(name, directory), 'utf8'));
}

/** Text pieces that the parsers of facts look for. */
const words = [
  ...oddPieces,
  '\n@hashes\n',
  '\n@compose\n',
  '\nconfig\n',
  '\nproxy a b\n',
  '\nheld -5\n',
  '\ncontainer __proto__\n',
  '\nnow 1e300\n',
  '\nnow x\n',
  '\nserver constructor\nsaid x\n',
  '\nnginx __proto__\nv 1\n',
  '\nstate ok\n',
];

/** A line of JSON gets values of other kinds; any other text is cut and strewn. */
function broken(text: string, random: () => number): string {
  const isJson = (part: string): boolean => part.startsWith('{');
  if (random() < 0.6 && text.split('\n').some(isJson)) {
    // `compose config` is one object of many lines, up to the marker.
    const [model = '', rest] = text.split('\n@hashes');
    if (rest !== undefined && isJson(model.trim())) return `${mutatedJson(model, random)}\n@hashes${rest}`;
    return text
      .split('\n')
      .map((line) => {
        try {
          return isJson(line) ? mutatedJson(line, random) : line;
        } catch {
          return line;
        }
      })
      .join('\n');
  }
  return mutated(text, words, random);
}

describe.each(consumers)('fact $id', (fact, use) => {
  const texts = printed(fact.id);

  it(`${cases} times broken output is refused as a whole, or harms nobody who goes by it`, async () => {
    const random = seeded(texts.join('').length);
    let read = 0;
    const trial = await tryAll(
      cases,
      (index) => broken(texts[index % texts.length] ?? '', random),
      (stdout) => {
        let value: unknown;
        try {
          value = fact.parse({ stdout, stderr: '', code: 0 });
        } catch {
          // `gather` makes it an error that names the host and the fact.
          return;
        }
        read += 1;
        use(value as never);
        expect(Object.keys(Object.prototype)).toEqual([]);
      },
    );
    expect(trial).toEqual({ count: cases, broken: [] });
    expect(read).toBeGreaterThan(0);
  }, 60_000);
});

it('5000 answers of git about the wanted commit', async () => {
  const random = seeded(31);
  const model = printed('compose').find((text) => text.includes('@hashes')) ?? '';
  const answer = [
    `commit ${'c'.repeat(40)}\ntree ${'d'.repeat(40)}\nsubject Change 9\non-branch yes`,
    `local ${'e'.repeat(40)} Mine\nchanged nginx.conf\nundone ${'f'.repeat(40)}\nmade ${'a'.repeat(40)}\n@compose`,
  ].join('\n');
  const trial = await tryAll(
    5000,
    (index) => `${mutated(answer, words, random)}\n${index % 10 === 0 ? broken(model, random) : ''}`,
    (stdout) => {
      let result: ReturnType<typeof parseWanted>;
      try {
        result = parseWanted(stdout);
      } catch {
        return;
      }
      if (result.state !== 'ok') return;
      const { wanted: found } = result;
      orRefuses(() =>
        decide('web1', facts(), git(), found, target(), { kind: 'deploy', force: true, rebuild: false }),
      );
    },
  );
  expect(trial).toEqual({ count: 5000, broken: [] });
}, 60_000);

it('20000 outputs of the gathering script', async () => {
  const random = seeded(32);
  const nonce = '@ops-n@';
  const whole = ['a', 'b'].map(
    (id) => `\n${nonce} ${id} begin\ntext\n\n${nonce} ${id} end 0\n${nonce} ${id} error x\n`,
  );
  const pieces = [...words, `${nonce} `, 'begin\n', 'end ', ' a ', ' __proto__ ', 'error '];
  const trial = await tryAll(
    20_000,
    () => mutated(whole.join(''), pieces, random),
    (stdout) => {
      for (const output of splitSections(stdout, nonce).values())
        expect([typeof output.stdout, typeof output.stderr, typeof output.code]).toEqual([
          'string',
          'string',
          'number',
        ]);
    },
  );
  expect(trial).toEqual({ count: 20_000, broken: [] });
}, 60_000);

it('5000 access logs', async () => {
  const random = seeded(33);
  const [lines = ''] = printed('access-log').filter((text) => text.length > 200);
  const [config = ''] = printed('nginx');
  const trial = await tryAll(
    5000,
    () => mutated(lines, [...words, '[', '" ', ' 200 ', '- - ', 'rt='], random),
    (text) => {
      expect(JSON.stringify(accessSummary(text.split('\n'), config))).toContain('{');
    },
  );
  expect(trial).toEqual({ count: 5000, broken: [] });
}, 60_000);
