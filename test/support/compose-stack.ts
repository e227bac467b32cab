import type { Verdict } from '../../src/audit/finding.ts';
import type { Rule } from '../../src/audit/rule.ts';
import { applyEdits, type Edit } from '../../src/source/edits.ts';
import { filesOf } from '../../src/source/files.ts';
import { buildStack } from '../../src/stack/build.ts';
import type { LiveContainer, LiveStack } from '../../src/stack/live.ts';
import type { Machine, Stack } from '../../src/stack/stack.ts';
import type { Plan } from '../../src/tune/plan.ts';

export interface ComposeStackOptions {
  /** By path; `compose.yaml` and the files over it, then whatever they name. */
  texts: Readonly<Record<string, string>>;
  paths?: readonly string[];
  env?: Readonly<Record<string, string>>;
  machine?: Machine;
  /** Containers by service. */
  containers?: Readonly<Record<string, readonly Partial<LiveContainer>[]>>;
}

/** A stack from the texts of its files, and what its containers say, if it runs. */
export function composeStack(options: ComposeStackOptions): Stack {
  const { texts, paths = ['compose.yaml'], env = {}, machine, containers } = options;
  const live = containers && liveStack(containers);
  return buildStack({
    files: filesOf(new Map(Object.entries(texts))),
    compose: { paths, env },
    ...(machine ? { machine } : {}),
    ...(live ? { live } : {}),
  });
}

function liveStack(containers: NonNullable<ComposeStackOptions['containers']>): LiveStack {
  const whole = (service: string, container: Partial<LiveContainer>, index: number): LiveContainer => ({
    name: `shop-${service}-${index + 1}`,
    running: true,
    health: 'none',
    restarts: 0,
    oomKilled: false,
    memoryLimitBytes: 0,
    cpuLimit: 0,
    restartPolicy: 'no',
    ...container,
  });
  return {
    host: 'shop',
    at: '2026-01-01T00:00:00Z',
    services: Object.fromEntries(
      Object.entries(containers).map(([service, list]) => [
        service,
        { containers: list.map((container, index) => whole(service, container, index)) },
      ]),
    ),
  };
}

/** The same limits for every service of these names. */
export function planFor(...services: readonly string[]): Plan {
  const setting = { formula: '', source: '', requires: 'recreate' } as const;
  return {
    feasible: true,
    notes: [],
    settings: services.flatMap((service) => [
      { ...setting, service, name: 'memory', value: '512M', amount: 512 * 1024 ** 2 },
      { ...setting, service, name: 'cpus', value: '0.5', amount: 0.5 },
    ]),
  };
}

export function judge(rule: Rule, stack: Stack, plan: Plan = planFor()): readonly Verdict[] {
  return rule.evaluate(stack, { plan: () => plan });
}

/** The texts with every edit of some verdicts. */
export function mended(
  texts: Readonly<Record<string, string>>,
  verdicts: readonly Verdict[],
): Record<string, string> {
  const edits = verdicts.flatMap(({ fix }): readonly Edit[] => fix?.edits ?? []);
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      path,
      applyEdits(
        text,
        edits.filter((edit) => edit.path === path),
      ),
    ]),
  );
}
