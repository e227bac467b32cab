import {
  array,
  assert,
  constantFrom,
  double,
  integer,
  option,
  property,
  record,
  string,
  tuple,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsOf } from '../../../../src/report/seconds.ts';
import { barChart, type BarChart } from '../../../../src/report/svg/bars.ts';
import { fitText, sizes, textWidth } from '../../../../src/report/svg/draw.ts';
import { ganttChart, type GanttChart } from '../../../../src/report/svg/gantt.ts';
import { lineChart, spread, type LineChart } from '../../../../src/report/svg/line.ts';
import { benchResult, deployTimeline, fast, slow } from '../../../support/report-fixtures.ts';
import { overlaps, readDrawing } from '../../../support/svg.ts';

const seed = 20_261_123;

/** What is outside of the drawing, and texts that cover others. */
function untidy(svg: string): unknown[] {
  const { width, height, texts, points } = readDrawing(svg);
  const inside = (x: number, y: number): boolean =>
    x >= -0.1 && x <= width + 0.1 && y >= -0.1 && y <= height + 0.1;
  return [
    ...points.filter(({ x, y }) => !inside(x, y)),
    ...texts.filter(
      ({ left, right, top, bottom }) => left < -1 || right > width + 1 || top < -1 || bottom > height + 1,
    ),
    ...overlaps(texts),
  ];
}

const lines = (change: Partial<LineChart> = {}): LineChart => ({
  id: 'x',
  title: 'Latency',
  description: 'About latency.',
  x: { kind: 'time', min: 0, max: 30, title: 'time' },
  y: { kind: 'linear', min: 0, max: 480, title: 'latency, ms' },
  series: [
    {
      name: 'p99',
      style: 4,
      points: [
        [0, 400],
        [15, 420],
        [30, 480],
      ],
    },
    { name: 'p95', style: 1, points: [[0, 300], undefined, [30, 479]] },
    {
      name: 'p50',
      style: 0,
      points: [
        [0, 20],
        [15, 21],
        [30, 478],
      ],
    },
  ],
  ...change,
});

describe.each(sizes)('a chart that is $name', (size) => {
  it('names its lines at their ends, apart from each other', () => {
    const svg = lineChart(lines(), size);
    expect(untidy(svg)).toEqual([]);
    expect(readDrawing(svg).texts.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['p99', 'p95', 'p50', 'latency, ms', 'time, seconds', '0']),
    );
    // A point without neighbours is a dot, for no line shows it.
    expect(svg.match(/<circle/g)).toHaveLength(2);
  });

  it('says what it is to those who cannot see it', () => {
    const svg = lineChart(lines(), size);
    expect(svg).toContain(`role="img" aria-labelledby="x-${size.name}-title x-${size.name}-desc"`);
    expect(svg).toContain(`<title id="x-${size.name}-title">Latency</title>`);
    expect(svg).toContain(`<desc id="x-${size.name}-desc">About latency.</desc>`);
  });

  it('is tidy for percentiles and logarithmic values', () => {
    const points = [50, 75, 90, 95, 99, 99.9, 99.99].map(
      (percent, index) => [percent, 4 * 3 ** index] as const,
    );
    expect(
      untidy(
        lineChart(
          lines({
            x: { kind: 'percentile', min: 50, max: 99.99, title: 'percentile of requests' },
            y: { kind: 'log', min: 4, max: 3_000, title: 'latency, ms' },
            series: [{ name: 'after the second release of Tuesday', style: 0, points }],
          }),
          size,
        ),
      ),
    ).toEqual([]);
  });

  it('is tidy for any values', () => {
    const name = string({ unit: constantFrom('a', 'e', 'n', '7', '-', 'ü'), maxLength: 30 });
    const value = double({ min: 0, max: 1e7, noNaN: true });
    const points = array(
      option(tuple(double({ min: 0, max: 5_000, noNaN: true }), value), { nil: undefined }),
      { maxLength: 20 },
    );
    assert(
      property(
        array(record({ name, points }), { maxLength: 6 }),
        double({ min: 0.01, max: 5_000, noNaN: true }),
        (all, end) => {
          const values = all.flatMap((one) => one.points.map((point) => point?.[1] ?? 0));
          expect(
            untidy(
              lineChart(
                lines({
                  x: { kind: 'time', min: 0, max: end, title: 'time' },
                  y: { kind: 'linear', min: 0, max: Math.max(0, ...values), title: 'ms' },
                  series: all.map((one, style) => ({ ...one, style })),
                  limit: { name: 'all 2', value: 2 },
                }),
                size,
              ),
            ),
          ).toEqual([]);
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  it('stacks bars, and marks each with a failure', () => {
    for (const shape of [slow, fast, { ...fast, seconds: 700, rate: 3, failing: 0.01 }]) {
      const buckets = bucketsOf(benchResult(shape).timeline);
      const chart: BarChart = {
        id: 'x',
        title: 'Requests',
        description: 'About requests.',
        x: { kind: 'time', min: 0, max: shape.seconds, title: 'time' },
        y: {
          kind: 'linear',
          min: 0,
          max: Math.max(...buckets.map(({ ok, failed }) => ok + failed)),
          title: 'requests/s',
        },
        parts: [
          { name: 'answered', class: 'good' },
          { name: 'rate limited (429)', class: 'limited' },
          { name: 'failed', class: 'bad' },
        ],
        bars: buckets.map(({ from, to, ok, limited, failed }) => ({
          from,
          to,
          values: [ok, limited, failed],
        })),
      };
      const svg = barChart(chart, size);
      expect(untidy(svg)).toEqual([]);
      const crosses = /class="cross" d="([^"]*)"/.exec(svg)?.[1] ?? '';
      expect(crosses.match(/M/g)?.length ?? 0).toBe(buckets.filter(({ failed }) => failed > 0).length);
    }
  });

  it('shows steps over time with what was measured meanwhile', () => {
    const { steps, moves, probe } = deployTimeline({ failAt: 'watch' });
    const svg = ganttChart(
      ganttOf(
        steps,
        moves.map(({ atMs }) => atMs / 1000),
        probe.map(({ atMs, durationMs }) => [atMs / 1000, durationMs]),
      ),
      size,
    );
    expect(untidy(svg)).toEqual([]);
    expect(svg).toContain('failed, ');
    expect(svg.match(/class="moment-disc"/g)).toHaveLength(moves.length);
  });

  it('is tidy for any steps', () => {
    const second = integer({ min: 0, max: 100_000 }).map((ms) => ms / 1000);
    const row = record({ name: string({ maxLength: 60 }), from: second, to: second }).map(
      ({ name, from, to }) => ({
        name,
        note: '12.3 s',
        from: Math.min(from, to),
        to: Math.max(from, to),
        ok: true,
      }),
    );
    assert(
      property(
        array(row, { minLength: 1, maxLength: 12 }),
        array(second, { maxLength: 6 }),
        (rows, moments) => {
          const chart: GanttChart = {
            ...ganttOf(
              [],
              moments.toSorted((one, other) => one - other),
              [[1, 2]],
            ),
            groups: [{ name: 'Roll', rows }],
          };
          const { width, height, points, texts } = readDrawing(ganttChart(chart, size));
          expect(
            points.filter(({ x, y }) => !(x >= -0.1 && x <= width + 0.1 && y >= -0.1 && y <= height + 0.1)),
          ).toEqual([]);
          expect(texts.filter(({ top, bottom }) => top < -1 || bottom > height + 1)).toEqual([]);
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});

function ganttOf(
  steps: ReturnType<typeof deployTimeline>['steps'],
  moments: readonly number[],
  good: NonNullable<GanttChart['dots']>['good'],
): GanttChart {
  return {
    id: 'x',
    title: 'Steps',
    description: 'About steps.',
    x: { kind: 'time', min: 0, max: 100, title: 'time since the beginning' },
    groups: [
      {
        name: 'Roll',
        rows: steps.map(({ title, startMs, endMs, ok }) => ({
          name: title,
          note: '1.2 s',
          from: startMs / 1000,
          to: endMs / 1000,
          ok,
        })),
      },
    ],
    moments,
    dots: { good, bad: [3, 4], y: { kind: 'linear', min: 0, max: 40, title: 'latency of the site, ms' } },
  };
}

describe('names at the ends of lines', () => {
  it('are as near to their line as the others let them', () => {
    const at = (values: number[], bottom = 100) =>
      spread(
        values.map((y) => ({ y })),
        { top: 0, bottom, apart: 10 },
      ).map(({ y }) => y);
    expect(at([50, 20])).toEqual([20, 50]);
    expect(at([50, 52])).toEqual([50, 60]);
    expect(at([98, 99, 100])).toEqual([80, 90, 100]);
  });
});

describe('text that has to fit', () => {
  it('is cut where it does not', () => {
    expect(fitText('short', 100, 12)).toBe('short');
    expect(fitText('two\nlines', 100, 12)).toBe('two lines');
    const cut = fitText('x'.repeat(5_000), 100, 12);
    expect(cut).toMatch(/^x+…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(100);
  });
});
