import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { evaluate, selectChecks, tally } from '../../../../src/check/run.ts';
import { createLiveCheck } from '../../../../src/cli/live/live-check.ts';
import { plainStyle } from '../../../../src/cli/style.ts';
import { ConnectionError } from '../../../../src/errors.ts';
import type { CheckReport } from '../../../../src/observe/check-target.ts';
import { healthy, sample } from '../../check/healthy.ts';
import { fakeExit, fakeTerminal } from './fake-terminal.ts';

function report(totalMs: number, change: Partial<CheckReport> = {}): CheckReport {
  const evidence = healthy();
  const http = {
    ...evidence.http,
    samples: evidence.http.samples.map(() => ({ ...sample(totalMs), totalMs, firstByteMs: totalMs })),
  };
  const results = evaluate(
    selectChecks([], []),
    { evidence: { ...evidence, http }, unread: {} },
    { thresholds: {} },
  );
  return {
    target: 'production',
    at: '2026-11-23T16:00:05.120Z',
    hosts: [{ host: 'web-1', value: results, roundTrips: 2 }],
    counts: tally(results),
    reason: 'ok',
    ...change,
  };
}

const lost: Partial<CheckReport> = {
  hosts: [{ host: 'web-1', error: new ConnectionError('HOST_UNREACHABLE', 'web-1 does not answer.') }],
};

function open(columns: number, rows: number) {
  const terminal = fakeTerminal(columns, rows);
  const exit = fakeExit();
  const live = createLiveCheck(terminal, { style: plainStyle, unicode: true, verbose: false, exit });
  return { terminal, exit, live };
}

describe('checks that are watched on a terminal', () => {
  it('are a head, a summary, the history, and the newest report', () => {
    const { terminal, live } = open(100, 40);
    live.round(report(20));
    live.round(report(0, lost));
    live.round(report(40));
    const lines = terminal.screen();
    expect(lines.slice(0, 3)).toEqual(['production · 16:00:05 UTC · 3 rounds', '12 passed', '']);
    expect(lines).toContain('  Response p50     40 ms  ▅ █');
    expect(lines).toContain('  Response p95     40 ms  ▅ █');
    expect(lines.find((line) => line.startsWith('  CPU'))).toMatch(/▇|█/);
    expect(lines).toContain('production · web-1');
    expect(terminal.cursorVisible()).toBe(false);
    live.close();
    expect(terminal.cursorVisible()).toBe(true);
    expect(terminal.onOtherScreen()).toBe(false);
  });

  it('keep to a small terminal, and follow its size', () => {
    const { terminal, live } = open(100, 12);
    live.round(report(20));
    expect(terminal.screen()).toHaveLength(11);
    expect(terminal.screen().at(-1)).toMatch(/^… \d+ more lines/);
    terminal.resize(40);
    expect(terminal.screen().filter((line) => line.length >= 40)).toEqual([]);
    live.close();
  });

  it('forget a round once the next one is shown, but for its figures', async () => {
    const { terminal, live } = open(100, 40);
    let first: CheckReport | undefined = report(20);
    const kept = new WeakRef(first);
    live.round(first);
    first = undefined;
    live.round(report(40));
    // What a WeakRef was made of is kept until this turn of the event loop is over.
    await turn();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(kept.deref() === undefined).toBe(true);
    expect(terminal.screen()).toContain('  Response p50     40 ms  ▅█');
    live.close();
  });

  it('give the terminal back when the process ends without a close', () => {
    const { terminal, exit, live } = open(80, 24);
    live.close();
    expect(terminal.written()).toBe('');
    live.round(report(20));
    exit.leave();
    expect(terminal.onOtherScreen()).toBe(false);
    expect(terminal.cursorVisible()).toBe(true);
  });

  it('name hosts where there are several', () => {
    const { terminal, live } = open(80, 60);
    const one = report(20);
    live.round({ ...one, hosts: [...one.hosts, ...one.hosts.map((host) => ({ ...host, host: 'web-2' }))] });
    expect(terminal.screen().slice(3, 5)).toEqual(['web-1', '  Response p50     20 ms  █']);
    expect(terminal.screen()).toContain('web-2');
    live.close();
  });
});
