import { goingBack, planRoll } from '../../deploy/plan-roll.ts';
import type { HostPlan } from '../../rollout/inspect.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';

/** What `--dry-run` shows as data: no scripts, which are long, but every step and every reason. */
export function planData(plan: HostPlan): Record<string, unknown> {
  const { session, wanted, decision, git, notes, back } = plan;
  return {
    host: session.name,
    nothingToDo: decision.nothingToDo,
    from: { commit: git.commit, subject: git.subject },
    to: { commit: wanted.commit, tree: wanted.tree, subject: wanted.subject },
    ...(back ? { release: back.id } : {}),
    certain: decision.certain,
    build: decision.build ? 'build' : decision.kept ? 'kept images' : 'none',
    services: decision.changes.map(({ service, action, why, downtime, names, add, leaving }) => ({
      service: service.name,
      action,
      ...(why === undefined ? {} : { why }),
      ...(downtime === undefined ? {} : { downtime }),
      ...(names.length > 0 ? { routedAs: names } : {}),
      start: add,
      stop: leaving.length,
    })),
    steps: stepTitles(plan),
    downtime: decision.downtime,
    notes,
  };
}

/** The steps in order, as far as they can be told before the build. */
function stepTitles({ session, wanted, decision, back }: HostPlan): string[] {
  const { facts } = session;
  const target = back ? goingBack(session.target) : session.target;
  if (decision.nothingToDo) return [];
  const builds = decision.changes
    .filter(({ service }) => service.builds && !decision.carried.has(service.name))
    .map(({ service }) => service.name);
  const roll = planRoll({
    host: session.name,
    script: session.script(),
    project: wanted.compose?.project ?? '',
    changes: decision.changes,
    proxy: facts.proxy,
    target,
    reload: decision.reload,
  });
  return [
    'Take the lock',
    'Record the start and keep the running images',
    ...target.hooks.beforeDeploy.map((command) => `Hook: ${command}`),
    ...(decision.checkout ? [`Check out ${wanted.commit.slice(0, 7)} ${wanted.subject}`] : []),
    ...(decision.build && builds.length > 0
      ? [`Build ${builds.join(', ')}${target.build.cache ? '' : ' without cache'}`]
      : []),
    ...(decision.kept && builds.length > 0 ? [`Take the kept images of ${builds.join(', ')}`] : []),
    ...(target.release.command === undefined || back ? [] : ['Run the release command']),
    ...roll.steps.map(({ title }) => title),
    'Verify: everything runs as wanted, and the site answers',
    'Record the release, release the lock',
    ...target.hooks.afterDeploy.map((command) => `Hook: ${command}`),
  ];
}

export function planReport(plans: readonly HostPlan[], style: Style): string {
  return plans.map((plan) => hostPlan(plan, style)).join('\n\n');
}

function hostPlan(plan: HostPlan, style: Style): string {
  const { session, wanted, decision, git, notes } = plan;
  const line = (commit: string, subject: string): string => sanitizeLine(`${commit.slice(0, 7)} ${subject}`);
  const lines = [style('bold', sanitizeLine(`${session.target.name} · ${session.name}`))];
  if (decision.nothingToDo)
    return [...lines, `  ${line(wanted.commit, wanted.subject)} serves already; nothing to do`].join('\n');
  lines.push(
    git.commit === wanted.commit
      ? `  ${line(wanted.commit, wanted.subject)} (checked out already)`
      : `  ${line(git.commit, git.subject)} → ${line(wanted.commit, wanted.subject)}`,
  );
  for (const { service, action, why, downtime, add, leaving } of decision.changes) {
    const text =
      action === 'keep'
        ? 'as it is'
        : `${action}: ${why ?? ''}${action === 'roll' ? `, ${add} new, ${leaving.length} old` : ''}`;
    lines.push(
      `  ${style(action === 'keep' ? 'dim' : action === 'recreate' ? 'yellow' : 'green', sanitizeLine(`${service.name.padEnd(16)} ${text}`))}`,
    );
    if (downtime !== undefined)
      lines.push(`  ${' '.repeat(17)}${style('yellow', sanitizeLine(`with downtime: ${downtime}`))}`);
  }
  lines.push(
    '',
    ...stepTitles(plan).map((title, index) => `  ${String(index + 1).padStart(2)}. ${sanitizeLine(title)}`),
  );
  if (decision.downtime.length > 0) lines.push('', style('yellow', '  Needs --allow-downtime.'));
  return [...lines, ...notes.map((note) => style('yellow', `  ! ${sanitizeLine(note)}`))].join('\n');
}
