import type { Experiment } from './experiment.ts';
import { users } from './scenario.ts';
import { beforeAfter, ms, percent, rateText, type Effect } from './tables.ts';

export interface ExperimentPage {
  experiment: Experiment;
  /** The command that made it. */
  command: string;
  /** ISO date, machine, versions: one sentence. */
  where: string;
}

/** The tables as a page: what was measured, with which command, and where a claimed effect does not show. */
export function experimentPage({ experiment, command, where }: ExperimentPage): string {
  const { before, after, effects, noise } = experiment;
  const rows = beforeAfter(before, after);
  const missed = rows.filter(({ reached }) => reached === false);
  return [
    '# Before and after',
    '',
    'What the eight causes cost the sample app (`examples/shop`), measured. The variant `before` has all eight, `after` none. '.concat(
      load(before),
    ),
    '',
    `Made by \`${command}\`. ${where}`,
    '',
    '| metric | before | after | change | the report claimed |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ name, before: one, after: other, change, claimed, reached }) =>
        `| ${name} | ${one} | ${other} | ${change} | ${claimed}${reached === undefined ? '' : reached ? ' ✔' : ' ✘'} |`,
    ),
    '',
    missed.length === 0
      ? 'Every change is at least what the report claimed.'
      : `Less than the report claimed here: ${missed.map(({ name }) => name.toLowerCase()).join(', ')}.`,
    ...[...new Set([...before.invalid, ...after.invalid])].flatMap((text) => ['', `Mind: ${text}`]),
    ...(effects.length === 0 ? [] : ['', ...oneAtATime(effects, noise)]),
    '',
    '<!-- Made by `ops bench --before-after`; not typed. -->',
    '',
  ].join('\n');
}

function load({ scenario }: Experiment['before']): string {
  const sum = scenario.requests.reduce((total, { weight }) => total + weight, 0);
  const mix = scenario.requests.map(({ name, weight }) => `${((weight / sum) * 100).toFixed(0)} % ${name}`);
  return `${users} users at once browse without a pause (${mix.join(', ')}); each asks again when the last answer is there: a closed loop, as in the report that this project grew out of. Who is logged in gets no answer from the cache.`;
}

function oneAtATime(effects: readonly Effect[], noise: number): string[] {
  const table = (base: Effect['base']): string[] => [
    '| cause | rate | against the base | p95 | hit rate | CPU per request | failed | |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...effects
      .filter((one) => one.base === base)
      .map((one) =>
        [
          '',
          ` ${one.cause.number}. ${one.cause.name} `,
          ` ${rateText(one.rate)} /s `,
          ` × ${one.rateRatio.toFixed(2)} `,
          ` ${ms(one.p95)} `,
          ` ${percent(one.hits)} `,
          ` ${one.cpuPerRequest === undefined ? '' : ms(one.cpuPerRequest)} `,
          ` ${one.failed} `,
          ` ${one.clear ? '' : 'no clear effect'} `,
          '',
        ].join('|'),
      ),
  ];
  const silent = effects.filter(({ base, clear }) => base === 'before' && !clear);
  return [
    '## One at a time',
    '',
    `The same load, with one cause changed. Two runs of the same variant differed by up to × ${noise.toFixed(2)}: what is less is no clear effect.`,
    '',
    '### Mended alone, in `before`',
    '',
    ...table('before'),
    '',
    '### Brought back alone, in `after`',
    '',
    ...table('after'),
    '',
    silent.length === 0
      ? 'Each one shows under this load.'
      : `No clear effect by itself under this load: ${silent.map(({ cause }) => cause.name).join(', ')}. A rate limit, resource limits and timeouts are no accelerators: they decide what happens when something goes wrong.`,
  ];
}
