import type { Target } from '../config/config.ts';
import type { HostFacts } from '../facts/index.ts';
import { withTag } from '../facts/images.ts';
import type { Snapshot } from '../ledger/entry.ts';
import type { Step } from '../plan/step.ts';
import { tagImages } from '../shell/build.ts';
import { unstash } from '../shell/git.ts';
import { words } from '../shell/quote.ts';
import { endLeftovers } from '../shell/release.ts';
import { stepScript, type ScriptContext } from '../shell/script.ts';
import { isStateful } from './changes.ts';
import { allMountedFiles, checkoutStep } from './plan-release.ts';

export interface RestoreInput {
  script: ScriptContext & { run: string };
  /** As they are now, after the failure. */
  facts: HostFacts;
  target: Target;
  /** What was live before; undefined: nothing ran. */
  previous: Snapshot | undefined;
  /** Commit and branch that were checked out before; used where nothing ran. */
  checkedOut: { commit: string; branch?: string | undefined };
  /** Message of the stash that this run's checkout may have made on top of `checkedOut`. */
  stash?: string | undefined;
}

const shortMs = 60_000;

/** What the failed release left is ended; tree and image names are put back. Containers are the roll's matter. */
export function restoreSourceSteps(input: RestoreInput): Step[] {
  const { script, facts, target, previous, checkedOut, stash } = input;
  const { git, containers, images, compose } = facts;
  const before = previous ?? checkedOut;
  const steps: Step[] = [
    {
      kind: 'script',
      id: 'end-leftovers',
      title: 'End what the failed step left running',
      script: stepScript(script, endLeftovers(script.run)),
      timeoutMs: shortMs,
    },
  ];
  if (git.state === 'ok' && (git.commit !== before.commit || git.branch !== before.branch)) {
    // A client that died may have left any two commits between; files that stay the same are not touched.
    const mounted = allMountedFiles(containers, target.appDir);
    const { commit, branch } = before;
    steps.push(checkoutStep(script, { commit, expectedHead: git.commit, branch, mounted }, ''));
  }
  if (stash !== undefined && before.commit === checkedOut.commit) {
    steps.push({
      kind: 'script',
      id: 'unstash',
      title: 'Put the local changes back, if there were any',
      script: unstash(script, stash, allMountedFiles(containers, target.appDir)),
      timeoutMs: shortMs,
    });
  }
  const services = compose.state === 'ok' ? compose.services : {};
  const there = new Set(Object.values(images));
  const tags = Object.entries(previous?.images ?? {})
    .filter(([, { id }]) => there.has(id))
    .map(([service, { id, tag, name }]) => ({
      source: id,
      tag: withTag(name ?? services[service]?.image ?? tag),
    }));
  if (tags.length > 0) {
    steps.push({
      kind: 'script',
      id: 'retag',
      title: 'Name the previous images again',
      script: stepScript(script, ...tagImages(tags)),
      timeoutMs: shortMs,
    });
  }
  return steps;
}

/** On a first deploy: everything but the stores is stopped, and nothing is removed, so that its logs can be read. */
export function stopStartedStep({
  script,
  facts,
  target,
}: Pick<RestoreInput, 'script' | 'facts' | 'target'>): Step {
  const services = facts.compose.state === 'ok' ? Object.values(facts.compose.services) : [];
  const names = services.filter((service) => !isStateful(service, target)).map(({ name }) => name);
  return {
    kind: 'script',
    id: 'stop',
    title: 'Stop what was started; nothing served before',
    script: stepScript(script, names.length === 0 ? ':' : `dc stop ${words(...names)} 2>&1`),
    timeoutMs: 3 * shortMs,
  };
}
