import { describe, expect, it, vi } from 'vitest';
import type { Second } from '../../../../src/bench/result.ts';
import { clipStyled } from '../../../../src/cli/live/clip-styled.ts';
import { createLiveBench, type LiveBenchOptions } from '../../../../src/cli/live/live-bench.ts';
import { showsUnicode, sparkline } from '../../../../src/cli/live/sparkline.ts';
import { silentView } from '../../../../src/cli/progress/silent-view.ts';
import { plainStyle, styleFor } from '../../../../src/cli/style.ts';
import { resultOf } from '../../bench/sample-result.ts';
import { fakeExit, fakeTerminal } from './fake-terminal.ts';

const { scenario } = resultOf(Array.from({ length: 1_000 }, () => 10));
const second = (number: number, change: Partial<Second> = {}): Second => ({
  second: number,
  sent: 100,
  ok: 100,
  failed: 0,
  p50: 10,
  p95: 20 + number,
  p99: 1_234,
  open: 2,
  ...change,
});

describe('sparklines', () => {
  it.each<[string, readonly number[], number, boolean, string]>([
    ['rises from 0', [0, 1, 2, 3, 4, 5, 6, 7], 8, true, '▁▂▃▄▅▆▇█'],
    ['shows the newest', [9, 9, 9, 0, 7], 2, true, '▁█'],
    ['has gaps', [1, NaN, 1], 3, true, '█ █'],
    ['is low where there is nothing', [0, 0], 5, true, '▁▁'],
    ['makes do with ASCII', [0, 1, 2, 3, 4, 5, 6, 7], 8, false, '_.-=+*#@'],
    ['has no room', [1, 2], 0, true, ''],
    ['has no values', [], 9, true, ''],
  ])('%s', (_name, values, room, unicode, expected) => {
    expect(sparkline(values, room, unicode)).toBe(expected);
  });

  it.each<[Record<string, string>, string, boolean]>([
    [{ LANG: 'en_US.UTF-8' }, 'linux', true],
    [{ LANG: 'C.utf8', LC_ALL: '' }, 'linux', true],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux', false],
    [{}, 'linux', false],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, 'linux', false],
    [{ WT_SESSION: 'x' }, 'win32', true],
    [{}, 'win32', false],
  ])('blocks with %j on %s: %s', (env, platform, expected) => {
    expect(showsUnicode(env, platform)).toBe(expected);
  });
});

describe('a line that is cut', () => {
  const red = styleFor({ env: { FORCE_COLOR: '1' } });
  it('ends its colours', () => {
    expect(clipStyled(`ab${red('red', 'cdef')}gh`, 5)).toBe('ab\u001B[31mcd…\u001B[0m');
    expect(clipStyled(`ab${red('red', 'cde')}gh`, 5)).toBe('ab\u001B[31mcd…\u001B[0m');
    expect(clipStyled('abcdef', 5)).toBe('abcd…');
    expect(clipStyled('abcde', 5)).toBe('abcde');
  });
});

function open(change: Partial<LiveBenchOptions> = {}, columns = 80) {
  const terminal = fakeTerminal(columns, 24);
  const exit = fakeExit();
  let time = 0;
  const live = createLiveBench(terminal, {
    kind: 'drawn',
    scenario,
    style: plainStyle,
    unicode: true,
    now: () => time,
    exit,
    ...change,
  });
  return { terminal, exit, live, at: (ms: number) => (time = ms) };
}

describe('the live view of a load test on a terminal', () => {
  it('shows the warm-up, then figures with their history, then the last of them', () => {
    const { terminal, live, at } = open();
    expect(terminal.screen()).toEqual([
      'http://127.0.0.1:8080 · open, 100 requests/s for 10 s',
      'Warming up, 1 s left',
    ]);
    at(2_000);
    live.second(second(0, { cpu: 0.5 }));
    at(3_000);
    live.second(second(1, { cpu: 0.5, ok: 50, failed: 2, limited: 3 }));
    expect(terminal.screen()).toEqual([
      'http://127.0.0.1:8080 · open, 100 requests/s for 10 s',
      '━━━━━━────────────────────────  8 s left of 10 s',
      'rate      50/s  █▅',
      'p95      21 ms  ██',
      'CPU       50 %  ██',
      'p50 10 ms   p99 1.23 s   sent 200   errors 2 (1 %)   limited (429) 3   open 2',
    ]);
    expect(terminal.cursorVisible()).toBe(false);
    live.close();
    expect(terminal.screen()[1]).toBe('rate     100/s  █');
    expect(terminal.cursorVisible()).toBe(true);
    live.second(second(2));
    expect(terminal.screen()[1]).toBe('rate     100/s  █');
  });

  it('fits 40 columns, and what was drawn wider is gone after a resize', () => {
    const { terminal, live } = open();
    terminal.write('');
    for (let n = 0; n < 60; n += 1) live.second(second(n));
    terminal.resize(40);
    const lines = terminal.screen();
    expect(lines).toEqual(lines.filter((line) => line.length < 40));
    expect(lines.filter((line) => line.startsWith('rate'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('http'))).toHaveLength(1);
    live.close();
  });

  it('lets notes stand above', () => {
    const { terminal, live } = open();
    live.second(second(0));
    const events: string[] = [];
    const view = live.above({ ...silentView(), progress: ({ type }) => events.push(type) });
    view.progress({ type: 'note', level: 'warn', text: 'a note' });
    view.progress({ type: 'status', host: 'web', text: 'x' });
    expect(events).toEqual(['status']);
    expect(terminal.screen()[0]).toBe('! a note');
    expect(terminal.screen()[1]).toMatch(/^http/);
    expect(view.showedFailure).toBe(false);
    live.close();
  });

  it('shows the cursor again when the process ends without a close', () => {
    const { terminal, exit, live } = open();
    expect(terminal.cursorVisible()).toBe(false);
    exit.leave();
    expect(terminal.cursorVisible()).toBe(true);
    live.close();
    expect(exit.count()).toBe(0);
  });

  it('draws the clock between two seconds', () => {
    vi.useFakeTimers();
    try {
      const { terminal, live, at } = open({ label: '2 of 5' });
      at(900);
      vi.advanceTimersByTime(1_000);
      expect(terminal.screen()[0]).toMatch(/^2 of 5 · http/);
      expect(terminal.screen()[1]).toBe('Warming up, 0 s left');
      live.close();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('in a log', () => {
  it('is a line every five seconds', () => {
    const { terminal, live } = open({ kind: 'plain' });
    for (let n = 0; n < 7; n += 1) live.second(second(n, { cpu: 0.25, ...(n === 5 ? { limited: 1 } : {}) }));
    live.close();
    expect(terminal.written()).toBe(
      '5 s  100/s  p50 ≤ 10 ms  p95 ≤ 24 ms  p99 ≤ 1.23 s  errors 0  CPU 25 %\n' +
        '6 s  100/s  p50 ≤ 10 ms  p95 ≤ 25 ms  p99 ≤ 1.23 s  errors 0  limited (429) 1  CPU 25 %\n',
    );
  });

  it('is nothing with --json', () => {
    const { terminal, live } = open({ kind: 'silent' });
    live.second(second(0));
    const view = silentView();
    expect(live.above(view)).toBe(view);
    live.close();
    expect(terminal.written()).toBe('');
  });
});
