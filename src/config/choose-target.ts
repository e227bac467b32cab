import { UsageError } from '../errors.ts';
import { nearest } from './nearest.ts';

export interface TargetChoice {
  /** Targets of ops.yaml, or the one that variables describe. */
  own: readonly string[];
  sandboxes: readonly string[];
  /** From the strongest source: flag, environment, `.env`, `default_target`. */
  wanted?: { name: string; where: string };
}

/** The target that is meant. A sandbox is only meant when it is named, or when there is nothing else. */
export function chooseTarget({ own, sandboxes, wanted }: TargetChoice): string {
  const all = [...own, ...sandboxes];
  if (wanted !== undefined) {
    if (all.includes(wanted.name)) return wanted.name;
    throw unknownTarget(wanted, all);
  }
  const [only, ...others] = own.length > 0 ? own : sandboxes;
  if (only === undefined) throw noTarget();
  if (others.length > 0) {
    throw new UsageError(
      'TARGET_AMBIGUOUS',
      `There are several targets and none was chosen: ${all.join(', ')}.`,
      {
        next: [`Name one with -t, for example \`-t ${only}\`, or set default_target in ops.yaml.`],
      },
    );
  }
  return only;
}

function unknownTarget({ name, where }: { name: string; where: string }, all: readonly string[]): UsageError {
  if (all.length === 0) return noTarget();
  const near = nearest(name, all);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return new UsageError('TARGET_UNKNOWN', `There is no target "${name}" (${where}).${hint}`, {
    next: [`Targets: ${all.join(', ')}.`],
  });
}

function noTarget(): UsageError {
  return new UsageError('TARGET_MISSING', 'No server is configured: there is no target.', {
    next: [
      'Write `hosts: [user@server]` into ops.yaml, set OPS_HOST in .env, or give --host.',
      'Without a server: `ops sandbox up` makes a throw-away one on this machine.',
    ],
  });
}
