import { count } from '../../audit/text.ts';
import type { AppliedPlan } from '../../tune/apply.ts';
import type { LeftSetting } from '../../tune/edits/group.ts';
import type { TunedSetting } from '../../tune/plan.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { changesData, changesText } from './changes.ts';
import { width } from './table.ts';
import { noBreak, tuneHead, wrapUnits, type TuneReport } from './tune.ts';
import { paintCode } from './wrap.ts';

export interface WriteState {
  written: boolean;
  /** The changes are part of the report: nobody was asked. */
  dryRun: boolean;
}

/** What `ops tune --write` has set and what it has left, with what a person does about that. */
export function tuneWriteReport(
  report: TuneReport,
  applied: AppliedPlan,
  { written, dryRun }: WriteState,
  style: Style,
  options: { width: number },
): string {
  const room = Math.max(60, options.width);
  const { changes, left, same } = applied;
  const files = `${count(applied.applied.length, 'setting')} in ${count(changes.size, 'file')}`;
  const head =
    changes.size === 0
      ? left.length === 0
        ? 'Every setting has the planned value; nothing to write.'
        : 'Nothing to write.'
      : written
        ? `Wrote ${files}:`
        : `${files}, not written:`;
  const restarts = applied.applied.some(
    ({ name }) => name === 'max_connections' || name === 'shared_buffers',
  );
  return [
    ...(dryRun && changes.size > 0 ? [changesText(changes, style), ''] : []),
    tuneHead(report, style),
    '',
    style('bold', head),
    ...byService(applied.applied, style, room),
    ...(same.length > 0 && changes.size > 0
      ? lines(`${count(same.length, 'setting')} had the planned value.`, '  ', room, style)
      : []),
    ...(left.length > 0 ? ['', style('bold', 'Left for you')] : []),
    ...leftGroups(left).flatMap(([first, ...others]) => leftLines([first, ...others], room, style)),
    ...(changes.size > 0 && report.plan.feasible && report.plan.notes.length > 0
      ? ['', style('bold', 'Notes'), ...report.plan.notes.flatMap((note) => lines(note, '  · ', room, style))]
      : []),
    ...(written
      ? [
          '',
          ...lines(
            `Look at it with \`git diff\`, commit, then: \`ops deploy\`${restarts ? '. PostgreSQL restarts, a few seconds without a database' : ''}.`,
            '',
            room,
            style,
          ),
        ]
      : []),
  ].join('\n');
}

/** `  db  memory 1440M, max_connections 90, …`, a service each. */
function byService(settings: readonly TunedSetting[], style: Style, room: number): string[] {
  const services = [...new Set(settings.map(({ service }) => service))];
  const indent = Math.max(0, ...services.map((service) => width(sanitizeLine(service)))) + 4;
  return services.flatMap((service) => {
    const text = settings
      .filter((setting) => setting.service === service)
      .map(({ name, value }) => `${name}${noBreak}${value}`)
      .join(', ');
    return wrapUnits(sanitizeLine(text), Math.max(30, room - indent)).map((line, index) =>
      index === 0
        ? `  ${style('bold', sanitizeLine(service).padEnd(indent - 2))}${line}`
        : `${' '.repeat(indent)}${line}`,
    );
  });
}

/** Settings of one service that are left for the same reason. */
function leftGroups(left: readonly LeftSetting[]): readonly (readonly [LeftSetting, ...LeftSetting[]])[] {
  const groups = new Map<string, [LeftSetting, ...LeftSetting[]]>();
  for (const one of left) {
    const key = `${one.setting.service}\0${one.why}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

function leftLines(
  group: readonly [LeftSetting, ...LeftSetting[]],
  room: number,
  style: Style,
): readonly string[] {
  const [{ setting, why }] = group;
  const names = group.map((one) => `${one.setting.name} ${one.setting.value}`).join(', ');
  return [
    ...lines(`${setting.service}: ${names}. ${why}`, '  · ', room, style),
    ...(group.length === 1 ? lines(group[0].manual, '    → ', room, style) : []),
  ];
}

function lines(text: string, begin: string, room: number, style: Style): string[] {
  const wrapped = wrapUnits(sanitizeLine(text), Math.max(30, room - begin.length));
  return paintCode(wrapped, style).map(
    (line, index) => `${index === 0 ? begin : ' '.repeat(begin.length)}${line}`,
  );
}

/** The fields of `--json`, beside those of the plan. */
export function tuneWriteData(
  { applied, same, left, changes }: AppliedPlan,
  written: boolean,
): Record<string, unknown> {
  const named = ({ service, name, value }: TunedSetting): object => ({ service, name, value });
  return {
    written,
    applied: applied.map(named),
    same: same.map(named),
    left: left.map(({ setting, why, manual }) => ({ ...named(setting), why, manual })),
    files: changesData(changes),
  };
}
