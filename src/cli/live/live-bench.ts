import { rates } from '../../bench/ramp.ts';
import type { Second } from '../../bench/result.ts';
import { loadText } from '../../bench/scenario-differences.ts';
import { withoutSecrets } from '../../bench/scenario-secrets.ts';
import type { Load, Scenario } from '../../bench/scenario.ts';
import type { ProgressView } from '../progress/view.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { benchFrame, benchLine, type BenchProgress } from './bench-frame.ts';
import { createBlock } from './block.ts';
import type { ExitHook, Terminal } from './terminal.ts';

export interface LiveBench {
  /** A second of measuring is over. */
  second(second: Second): void;
  /** In the place of the view while figures are drawn: notes stand above them. */
  above(view: ProgressView): ProgressView;
  /** Leaves the last figures on a terminal, and the cursor below them. */
  close(): void;
}

export interface LiveBenchOptions {
  /** `silent`: nothing is shown. */
  kind: 'silent' | 'plain' | 'drawn';
  scenario: Scenario;
  style: Style;
  unicode: boolean;
  /** Milliseconds, any origin. */
  now: () => number;
  /** In front of what is asked: `2 of 5`, with `--repeat`. */
  label?: string;
  /** Where the site is asked, if that is not the URL. */
  through?: string;
  exit?: ExitHook;
}

/** Between two plain lines, seconds of measuring. */
const plainEvery = 5;

/** Figures of a load test as they come: a small block that is drawn again, or a line every few seconds for a log. */
export function createLiveBench(terminal: Terminal, options: LiveBenchOptions): LiveBench {
  if (options.kind === 'silent') return { second: () => {}, above: (view) => view, close: () => {} };
  return options.kind === 'plain' ? plainBench(terminal) : drawnBench(terminal, options);
}

function plainBench(terminal: Terminal): LiveBench {
  let waiting: Second[] = [];
  let said = false;
  const say = (): void => {
    if (waiting.length > 0) terminal.write(`${benchLine(waiting)}\n`);
    said ||= waiting.length > 0;
    waiting = [];
  };
  return {
    second(second) {
      waiting.push(second);
      if (waiting.length >= plainEvery) say();
    },
    above: (view) => view,
    close() {
      // The last second is seldom a whole one: it has the answers that came after the end.
      if (said || waiting.length > 1) waiting.pop();
      say();
    },
  };
}

function drawnBench(
  terminal: Terminal,
  { scenario, style, unicode, now, label, through, exit }: LiveBenchOptions,
): LiveBench {
  const began = now();
  const totalMs = lengthOf(scenario.load);
  const progress: BenchProgress = {
    title: [label, sanitizeLine(through ?? withoutSecrets(scenario).url), loadText(scenario.load)]
      .filter((part) => part !== undefined && part !== '')
      .join(' · '),
    elapsedMs: 0,
    warmUpMs: scenario.warmUpMs,
    ...(totalMs === undefined ? {} : { totalMs }),
    seconds: [],
    cpu: [],
    ended: false,
  };
  const seconds: Second[] = [];
  const shares: number[] = [];
  const block = createBlock(terminal, exit);
  const state = (ended: boolean): BenchProgress => ({
    ...progress,
    elapsedMs: now() - began,
    // The last second is seldom a whole one: it has the answers that came after the end.
    seconds: ended && seconds.length > 1 ? seconds.slice(0, -1) : seconds,
    cpu: ended && shares.length > 1 ? shares.slice(0, -1) : shares,
    ended,
  });
  const frame = (ended: boolean) => {
    const seen = state(ended);
    return (room: number): string[] => benchFrame(seen, room, { style, unicode });
  };
  block.draw(frame(false));
  const timer = setInterval(() => block.draw(frame(false)), 1_000);
  timer.unref();
  return {
    second(second) {
      seconds.push(second);
      const share = second.cpu;
      // Not known for a while, then known: a gap, so that the columns of all lines are the same seconds.
      if (share !== undefined || shares.length > 0) {
        while (shares.length < seconds.length - 1) shares.push(NaN);
        shares.push(share ?? NaN);
      }
      block.draw(frame(false));
    },
    above: (view) => ({
      ...view,
      progress: (event) => {
        if (event.type !== 'note') return view.progress(event);
        const text = sanitizeLine(event.text);
        const mark = event.level === 'info' ? '' : style(event.level === 'warn' ? 'yellow' : 'red', '! ');
        return block.above(() => terminal.write(`${mark}${text}\n`));
      },
      get showedFailure() {
        return view.showedFailure;
      },
    }),
    close() {
      clearInterval(timer);
      block.close(frame(true));
    },
  };
}

/** How long measuring takes, milliseconds; undefined: until so many requests are answered. */
function lengthOf(load: Load): number | undefined {
  if (load.kind === 'ramp') return rates(load).length * load.stepMs;
  return 'afterMs' in load.stop ? load.stop.afterMs : undefined;
}
