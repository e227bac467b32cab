import { count } from '../../audit/text.ts';
import type { AppliedPlan } from '../../tune/apply.ts';
import type { Plan, TuneInput, TunedSetting } from '../../tune/plan.ts';
import { cpuText, readable } from '../../tune/units.ts';
import type { TuneSource } from '../tune-input.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { columns, width } from './table.ts';
import { paintCode, wrap } from './wrap.ts';

export interface TuneReport extends TuneSource {
  plan: Plan;
  /** What `--write` would do with it; undefined: the files are not here. */
  would?: Pick<AppliedPlan, 'applied' | 'same' | 'changes'>;
}

/** The plan of `ops tune`: a section a service with each value and its arithmetic, then assumptions and sources. */
export function tuneReport(report: TuneReport, style: Style, options: { width: number }): string {
  const { unseen, plan, would } = report;
  const room = Math.max(60, options.width);
  const head = tuneHead(report, style);
  if (!plan.feasible)
    return [
      head,
      '',
      ...indented(`✖ ${plan.reason}`, room, style),
      '',
      ...plan.next.flatMap((step) => indented(`→ ${step}`, room, style)),
      ...list('Not known', unseen, room, style),
    ].join('\n');
  const sources = [...new Set(plan.settings.flatMap(({ source }) => source.split(', ')))];
  const services = [...new Set(plan.settings.map(({ service }) => service))];
  return [
    head,
    ...services.flatMap((service) => [
      '',
      style('bold', sanitizeLine(service)),
      ...rows(
        plan.settings.filter((setting) => setting.service === service),
        { sources, same: would?.same ?? [] },
        style,
        room,
      ),
    ]),
    ...list('Notes', plan.notes, room, style),
    ...list('Not known', unseen, room, style),
    '',
    style('bold', 'Sources'),
    ...sources.map((source, index) => `  ${style('dim', `[${index + 1}]`)} ${sanitizeLine(source)}`),
    ...nextStep(report, style, room),
  ].join('\n');
}

function nextStep({ would, plan }: TuneReport, style: Style, room: number): string[] {
  if (!would || !plan.feasible) return [];
  const { applied, changes, same } = would;
  const text =
    applied.length > 0
      ? `Next: the same with \`--write\` sets ${applied.length} of ${count(plan.settings.length, 'number')} in ${count(changes.size, 'file')}, shown as a diff first.`
      : same.length === plan.settings.length
        ? 'Everything is set as planned.'
        : 'Nothing of this can be set by an edit: the same with `--dry-run` says why.';
  return ['', ...paintCode(wrap(text, room), style)];
}

/** What the plan is for. */
export function tuneHead({ subject, input }: TuneSource, style: Style): string {
  return style('bold', sanitizeLine(`${subject} · ${machineText(input)}`));
}

/** `2 CPUs, 4 GB, ssd · web · pgtune`. */
function machineText({ machine, workload, formula, maxConnections }: TuneInput): string {
  const { cpus, memoryBytes, disk } = machine;
  const connections = maxConnections === undefined ? '' : `, ${maxConnections} connections`;
  return `${cpuText(cpus)} ${cpus === 1 ? 'CPU' : 'CPUs'}, ${readable(memoryBytes)}, ${disk} · ${workload}${connections} · ${formula}`;
}

/** One line a setting; the arithmetic goes on below itself where the terminal is narrow. */
function rows(
  settings: readonly TunedSetting[],
  { sources, same }: { sources: readonly string[]; same: readonly TunedSetting[] },
  style: Style,
  room: number,
): string[] {
  const left = columns(
    settings.map(({ name, value }) => [sanitizeLine(name), style('green', sanitizeLine(value)), '']),
  );
  const indent = Math.max(...settings.map((_, index) => width(left[index] ?? ''))) + 2;
  return settings.flatMap((setting, index) => {
    const { formula, source } = setting;
    const numbers = source.split(', ').map((one) => `[${sources.indexOf(one) + 1}]`);
    const text = `${sanitizeLine(formula)} ${numbers.join('')}${same.includes(setting) ? ` (as${noBreak}it${noBreak}is)` : ''}`;
    const lines = wrapUnits(text, Math.max(24, room - indent)).map((line) => style('dim', line));
    const first = left[index] ?? '';
    return lines.map((line, place) =>
      place === 0 ? `${first}${' '.repeat(indent - width(first))}${line}` : `${' '.repeat(indent)}${line}`,
    );
  });
}

function list(title: string, items: readonly string[], room: number, style: Style): string[] {
  return items.length === 0
    ? []
    : ['', style('bold', title), ...items.flatMap((item) => indented(`· ${item}`, room, style))];
}

function indented(text: string, room: number, style: Style): string[] {
  const lines = wrapUnits(sanitizeLine(text), Math.max(30, room - 4));
  return paintCode(lines, style).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`);
}

/** A number stays on the line of its unit. */
export function wrapUnits(text: string, room: number): string[] {
  const kept = text.replaceAll(/(\d) (?=(?:[kMG]B|CPUs?)\b)/g, `$1${noBreak}`);
  return wrap(kept, room).map((line) => line.replaceAll(noBreak, ' '));
}

/** Becomes a space after lines were made. */
export const noBreak = '\u00A0';

/** The fields of `--json`; amounts in processes, connections, bytes or CPUs. */
export function tuneData({ subject, input, unseen, plan }: TuneReport): Record<string, unknown> {
  const { machine, workload, formula, services, maxConnections } = input;
  return {
    subject,
    machine,
    workload,
    formula,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    services,
    plan,
    unseen,
  };
}
