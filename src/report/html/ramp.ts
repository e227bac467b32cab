import type { RampStep } from '../../bench/result.ts';
import { milliseconds, number, share } from '../figures.ts';
import { lineChart } from '../svg/line.ts';
import { figure } from './figure.ts';

/** How the site took a rate that goes up in steps. */
export function rampFigure(label: string, steps: readonly RampStep[], id: string): string {
  const title = `Up to the limit: ${label}`;
  const held = steps.filter((step) => step.held);
  const last = held.at(-1);
  const most = Math.max(...steps.map(({ rate }) => rate));
  return figure({
    title,
    note:
      last === undefined
        ? 'The site did not keep up with any of the rates.'
        : `The site kept up with ${number(last.rate)} requests/s. The dotted line is what was asked for.`,
    draw: (size) =>
      lineChart(
        {
          id: `${id}-ramp`,
          title,
          description: steps
            .map(
              ({ rate, reached, p95 }) =>
                `${number(rate)} asked for, ${number(reached)} reached, p95 ${milliseconds(p95)}.`,
            )
            .join(' '),
          x: { kind: 'linear', min: 0, max: most, title: 'requests/s asked for' },
          y: { kind: 'linear', min: 0, max: most, title: 'requests/s reached' },
          series: [
            { name: 'asked', style: 2, points: steps.map(({ rate }) => [rate, rate] as const) },
            { name: 'reached', style: 0, points: steps.map(({ rate, reached }) => [rate, reached] as const) },
          ],
        },
        size,
      ),
    table: {
      caption: title,
      head: ['requests/s', 'reached', 'p95', 'errors', 'kept up'],
      rows: steps.map((step) => [
        number(step.rate),
        number(step.reached),
        milliseconds(step.p95),
        share(step.errorShare),
        step.held ? { text: 'yes', kind: 'good' as const } : { text: 'no', kind: 'bad' as const },
      ]),
    },
  });
}
