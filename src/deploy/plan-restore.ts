import type { Target } from '../config/config.ts';
import type { HostFacts } from '../facts/index.ts';
import { withTag } from '../facts/images.ts';
import type { Snapshot } from '../ledger/entry.ts';
import type { Step } from '../plan/step.ts';
import { tagImages } from '../shell/build.ts';
import { unstash } from '../shell/git.ts';
import { words } from '../shell/quote.ts';
import { endLeftovers } from '../shell/release.ts';
import { retire } from '../shell/roll.ts';
import { stepScript, type ScriptContext } from '../shell/script.ts';
import { isStateful, strays } from './changes.ts';
import { allMountedFiles, checkoutStep, settleStep } from './plan-release.ts';

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
/** The files that told how long a container may take to stop are not checked out any more. */
const longestGraceMs = 10 * 60_000;

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
  if (git.state === 'ok' && git.interrupted)
    steps.push(settleStep(script, allMountedFiles(containers, target.appDir)));
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

/**
 * Containers of services that the failed release brought along: they would work on beside the previous release, with
 * the failed one's code, and nobody would ever stop them. A store keeps what is in it, and goes on.
 *
 * @param facts as they are once the previous tree is checked out again
 */
export function removeAddedSteps({
  script,
  facts,
  target,
  previous,
}: Pick<RestoreInput, 'script' | 'facts' | 'target'> & { previous: Snapshot }): Step[] {
  const { compose, containers } = facts;
  const before = previous.services;
  // Without either, nobody knows what was there.
  if (before === undefined || compose.state !== 'ok') return [];
  const added = strays(containers, compose).filter(
    ({ service, imageName }) =>
      !before.includes(service) && !isStateful({ name: service, image: imageName, builds: false }, target),
  );
  if (added.length === 0) return [];
  const names = [...new Set(added.map(({ service }) => service))].join(', ');
  return [
    {
      kind: 'script',
      id: 'remove-added',
      title: `Stop and remove what only the failed release has: ${names}`,
      script: retire(
        script,
        added.map(({ id }) => id),
        target.deploy.stopMs,
      ),
      timeoutMs: (target.deploy.stopMs ?? longestGraceMs) + shortMs,
    },
  ];
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
