import { expect, it } from 'vitest';
import { evaluate, selectChecks } from '../../../src/check/run.ts';
import { decide } from '../../../src/deploy/decide.ts';
import { finishStep, keptImages, startedStep, superfluousTags } from '../../../src/deploy/plan-release.ts';
import { restoreSourceSteps } from '../../../src/deploy/plan-restore.ts';
import { preflight } from '../../../src/deploy/preflight.ts';
import { OpsError } from '../../../src/errors.ts';
import type { LedgerEntry, ReleaseImage } from '../../../src/ledger/entry.ts';
import { ledgerLine, liveRelease, parseLedger, unfinishedRelease } from '../../../src/ledger/ledger.ts';
import { history } from '../../../src/observe/history.ts';
import { hostStatus } from '../../../src/observe/status.ts';
import { chooseRelease } from '../../../src/rollout/choose-release.ts';
import { historyReport } from '../../../src/cli/reports/history.ts';
import { statusReport } from '../../../src/cli/reports/status.ts';
import { mutated, mutatedJson, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';
import { healthy } from '../check/healthy.ts';
import { commits, compose, facts, git, images, script, target, trees, wanted } from '../deploy/stack.ts';

const cases = 2000;
const style = (_: unknown, text: string): string => text;

const image: ReleaseImage = {
  id: 'sha256:backend',
  tag: 'shop-backend:ops-20261123T100001-1111111',
  name: 'shop-backend:latest',
};

/** Two releases, a rollback, and one whose client died, as ops writes them. */
const entries: readonly LedgerEntry[] = [
  ...(['1', '2', '3'] as const).flatMap((digit): LedgerEntry[] => {
    const id = `20261123T10000${digit}-${digit.repeat(7)}`;
    return [
      {
        v: 1,
        event: 'started',
        id,
        kind: digit === '3' ? 'rollback' : 'deploy',
        commit: digit === '3' ? commits.live : digit.repeat(40),
        tree: digit === '3' ? trees.wanted : digit.repeat(40),
        subject: `Change ${digit}`,
        ref: 'main',
        by: 'ann@laptop',
        at: `2026-11-23T10:0${digit}:00.000Z`,
        run: `run${digit}`,
        previous: { commit: commits.old, tree: trees.old, branch: 'main', images: { backend: image } },
        ...(digit === '3' ? { undone: ['2'.repeat(40)], made: [commits.live] } : {}),
      },
      {
        v: 1,
        event: 'finished',
        id,
        outcome: 'live',
        at: `2026-11-23T10:0${digit}:30.000Z`,
        durationMs: 30_000,
        images: { backend: image },
        buildKey: 'key',
        proxyConfig: 'hash',
        probe: {
          requests: 100,
          failed: 0,
          longestGapMs: 60,
          p50Ms: 2,
          p95Ms: 3,
          maxMs: 9,
          servedBefore: true,
        },
      },
    ];
  }),
  {
    v: 1,
    event: 'started',
    id: '20261123T100004-4444444',
    kind: 'deploy',
    commit: '4'.repeat(40),
    tree: '4'.repeat(40),
    subject: 'Change 4',
    ref: 'main',
    by: 'ann@laptop',
    at: '2026-11-23T10:04:00.000Z',
    run: 'run4',
    previous: {
      release: '20261123T100003-3333333',
      commit: commits.live,
      tree: trees.live,
      branch: 'main',
      images: { backend: image },
    },
  },
];
const lines = entries.map(ledgerLine);

/** An OpsError is an answer; anything else is a bug. */
function orRefuses<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof OpsError) return undefined;
    throw error;
  }
}

/** Everything that a deploy, a rollback, `status`, `history` and `check` make of a ledger. */
function consume(text: string): void {
  const ledger = parseLedger(text);
  const all = facts({ ledger });
  const build = compose();
  const live = liveRelease(ledger);
  const unfinished = unfinishedRelease(ledger);
  const to = orRefuses(() => chooseRelease(ledger, 'web1'));
  orRefuses(() => chooseRelease(ledger, 'web1', '20261123'));
  orRefuses(() => preflight(all, target(), 'web1', { stash: false }));
  for (const kind of ['deploy', 'rollback'] as const)
    for (const imagesOf of [undefined, to ?? live])
      orRefuses(() =>
        decide('web1', all, git(), wanted(), target(), { kind, force: false, rebuild: false, imagesOf }),
      );
  keptImages(ledger, images, build, trees.wanted);
  const superfluous = superfluousTags(ledger, images, build, 3, 'now');
  for (const previous of ledger.releases.map((release) => release.previous)) {
    const steps = restoreSourceSteps({
      script,
      facts: all,
      target: target(),
      previous,
      checkedOut: { commit: commits.live },
    });
    expect(steps.map(({ kind }) => kind)).not.toContain(undefined);
  }
  for (const release of [unfinished, live, ...ledger.releases]) {
    if (!release) continue;
    const { finished, ...started } = release;
    startedStep(script, { v: 1, event: 'started', ...started }, started.commit);
    if (finished) finishStep(script, { v: 1, event: 'finished', id: release.id, ...finished }, superfluous);
  }
  const evidence = { ...healthy(), ledger };
  evaluate(selectChecks([], []), { evidence, unread: {} }, { thresholds: {} });
  const [status, releases] = [hostStatus(all), history(ledger, 20)];
  expect(statusReport('production', [{ host: 'web1', roundTrips: 1, value: status }], style)).toContain(
    'web1',
  );
  expect(historyReport('production', [{ host: 'web1', roundTrips: 1, value: releases }], style)).toContain(
    'web1',
  );
  expect(JSON.stringify({ status, releases })).toContain('releases');
  expect(Object.keys(Object.prototype)).toEqual([]);
}

it('the ledger that the others are made of is read whole', () => {
  expect(parseLedger(lines.join(''))).toMatchObject({ unreadable: 0, releases: { length: 4 } });
  consume(lines.join(''));
});

it(`${cases} ledgers with wrong types inside valid JSON`, async () => {
  const random = seeded(11);
  const trial = await tryAll(
    cases,
    () => lines.map((line) => (random() < 0.4 ? mutatedJson(line, random) : line.trimEnd())).join('\n'),
    consume,
  );
  expect(trial).toEqual({ count: cases, broken: [] });
}, 60_000);

it(`${cases} torn, doubled and mixed ledgers`, async () => {
  const random = seeded(12);
  const pieces = [...oddPieces, ...lines, '"images":5,', '"undone":{},', '"v":2,', '"previous":"x",'];
  const trial = await tryAll(
    cases,
    () =>
      mutated(
        [...lines, ...lines].filter(() => random() < 0.7).join(random() < 0.1 ? '\r\n' : ''),
        pieces,
        random,
      ),
    consume,
  );
  expect(trial).toEqual({ count: cases, broken: [] });
}, 60_000);
