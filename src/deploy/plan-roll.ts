import type { Target } from '../config/config.ts';
import type { ProxyFact } from '../facts/proxy.ts';
import type { DowntimeReason, Plan, Step } from '../plan/step.ts';
import { undrained } from '../shell/pins.ts';
import {
  addresses,
  drain,
  release,
  retire,
  route,
  startBeside,
  up,
  watch,
  type Route,
} from '../shell/roll.ts';
import type { ScriptContext } from '../shell/script.ts';
import { dependenciesOf, isMissedBy, type ServiceChange } from './changes.ts';

export interface RollInput {
  host: string;
  script: ScriptContext;
  project: string;
  changes: readonly ServiceChange[];
  proxy: ProxyFact;
  target: Pick<Target, 'health' | 'deploy' | 'services'>;
  /** The proxy's configuration on disk is not the one it has loaded. */
  reload: boolean;
  /** A failed release is taken back: only the words differ. */
  back?: boolean;
}

/** Slack of steps that wait for Docker itself, milliseconds. */
const slackMs = 60_000;

/**
 * From what runs to what should run, without a moment in which nobody serves.
 *
 * New containers start beside the old ones and must be healthy; then both share traffic for a while (should a new
 * one die, nginx passes its requests to the old); then the proxy sends to the new ones only, its old workers finish
 * what they have, and the old containers go. All services move together, so that no old one meets a new one for long.
 */
export function planRoll(input: RollInput): Plan {
  const { host, target } = input;
  const plain = target.deploy.strategy === 'recreate';
  return {
    host,
    stage: 'roll',
    steps: plain ? recreateSteps(input) : rollSteps(input),
    downtime: plain ? [] : downtimeReasons(input.changes),
    notes: [],
  };
}

/**
 * Starts what the proxy's configuration names and what does not run yet, such as a new service with its route: until
 * it runs nginx takes the configuration for invalid, and nobody can say what it sends where.
 */
export function startMissed(input: RollInput): Step[] {
  return input.changes
    .filter(({ action, service }) => action === 'create' && isMissedBy(input.proxy, service))
    .map((change) => upStep(input, change));
}

/** Going back, the release that is left shall serve nobody a moment longer, and the one that comes is proven. */
export function goingBack<Settings extends Pick<Target, 'deploy'>>(target: Settings): Settings {
  return { ...target, deploy: { ...target.deploy, stabilityMs: 0 } };
}

/** What cannot be done without downtime, with the reason. */
export function downtimeReasons(changes: readonly ServiceChange[]): DowntimeReason[] {
  return changes.flatMap(({ action, downtime, service }) =>
    action === 'recreate' ? [{ service: service.name, reason: downtime ?? '' }] : [],
  );
}

function rollSteps(input: RollInput): Step[] {
  const { script, changes, proxy, target } = input;
  const proxied = proxy.state === 'ok' ? proxy : undefined;
  const rolls = changes.filter(({ action }) => action === 'roll');
  const others = changes.filter(({ action }) => action === 'create' || action === 'recreate');
  const isProxy = ({ service }: ServiceChange): boolean =>
    service.name === proxied?.service || service.name === target.services.proxy;
  // Compose recreates changed dependencies with a service, so what depends on a rolled one waits until that is done.
  const rolled = new Set(rolls.map(({ service }) => service.name));
  const all = Object.fromEntries(changes.map(({ service }) => [service.name, service]));
  const isLate = (change: ServiceChange): boolean =>
    isProxy(change) ||
    (!startsFresh(change) && dependenciesOf(change.service.name, all).some((name) => rolled.has(name)));
  const before = others.filter((change) => !isLate(change));
  const after = others.filter(isLate);
  const routed = rolls.filter(({ names }) => names.length > 0);
  const starting = rolls.filter(({ add }) => add > 0);
  const leaving = rolls.flatMap((change) => change.leaving);
  // Once routed, the proxy's configuration is loaded too; alone, a changed one needs a reload of its own.
  const moved = before.some(({ names, action }) => names.length > 0 && action === 'recreate');
  const pinned = proxied !== undefined && proxied.pins.length > 0;
  const reload =
    proxied !== undefined && routed.length === 0 && !after.some(isProxy) && (input.reload || moved || pinned);
  return [
    ...before.map((change) => upStep(input, change)),
    ...starting.flatMap((change) => startSteps(input, change)),
    ...(proxied && routed.length > 0 && starting.length > 0 && target.deploy.stabilityMs > 0
      ? [
          routeStep(
            input,
            'share',
            'Send traffic to the old and the new containers',
            proxied.container,
            sharing(routed),
          ),
        ]
      : []),
    ...(starting.length > 0 && target.deploy.stabilityMs > 0 ? [watchStep(input, starting)] : []),
    ...(proxied && routed.length > 0
      ? [
          routeStep(
            input,
            'switch',
            input.back === true
              ? 'Send traffic to the previous release only'
              : 'Send traffic to the new containers only',
            proxied.container,
            switching(routed),
          ),
          ...(leaving.length > 0 ? [drainStep(input, proxied.container)] : []),
        ]
      : []),
    ...(leaving.length > 0
      ? [
          {
            kind: 'script' as const,
            id: 'retire',
            title: `Stop and remove ${containersText(leaving.length, input.back === true ? 'failed' : 'old')}`,
            script: retire(script, leaving, target.deploy.stopMs),
            timeoutMs: stopLimit(input, rolls) + slackMs,
          },
        ]
      : []),
    ...(proxied && routed.length > 0
      ? [
          {
            kind: 'script' as const,
            id: 'unpin',
            title: 'Take the addresses out of the proxy again',
            script: release(script, proxied.container),
            timeoutMs: slackMs,
          },
        ]
      : []),
    ...(reload
      ? [routeStep(input, 'reload', 'Test and reload the proxy’s configuration', proxied.container, [])]
      : []),
    ...after.map((change) => upStep(input, change)),
  ];
}

function recreateSteps(input: RollInput): Step[] {
  const { script, project, changes, proxy, target } = input;
  const changed = changes.filter(({ action }) => action !== 'keep');
  const proxied = proxy.state === 'ok' ? proxy : undefined;
  const proxyChanged = changed.some(({ service }) => service.name === proxied?.service);
  return [
    ...(changed.length > 0
      ? [
          {
            kind: 'script' as const,
            id: 'recreate-all',
            title: `Recreate ${changed.map(({ service }) => service.name).join(', ')}`,
            script: up(
              script,
              project,
              changed.map(({ service }) => service.name),
              target.health.timeoutMs,
              'recreate',
            ),
            timeoutMs: target.health.timeoutMs + 2 * slackMs,
          },
        ]
      : []),
    // Recreated containers have new addresses, and nginx knows only the ones it resolved when it started.
    ...(proxied && !proxyChanged && (changed.length > 0 || input.reload)
      ? [routeStep(input, 'reload', 'Test and reload the proxy’s configuration', proxied.container, [])]
      : []),
  ];
}

/**
 * Nothing of it is there, not even stopped: Compose need not replace anything. A stopped container may be of another
 * configuration, such as one that could not be started because a port was taken.
 */
function startsFresh({ action, leaving }: ServiceChange): boolean {
  return action === 'create' && leaving.length === 0;
}

function upStep({ script, project, target }: RollInput, change: ServiceChange): Step {
  const { service, action } = change;
  return {
    kind: 'script',
    id: `${action}-${service.name}`,
    title: `${action === 'create' ? 'Start' : 'Recreate'} ${service.name}`,
    script: up(
      script,
      project,
      [service.name],
      target.health.timeoutMs,
      startsFresh(change) ? 'keep' : 'recreate',
    ),
    timeoutMs: target.health.timeoutMs + 2 * slackMs,
  };
}

function startSteps({ script, project, target }: RollInput, change: ServiceChange): Step[] {
  const { service, add, matching, leaving } = change;
  const { health } = target;
  const port = health.port ?? service.expose[0];
  return [
    {
      kind: 'script',
      id: `start-${service.name}`,
      title: `Start ${containersText(add, 'new')} of ${service.name} and wait until healthy`,
      script: startBeside(script, {
        project,
        service: service.name,
        count: add,
        timeoutMs: health.timeoutMs,
      }),
      timeoutMs: health.timeoutMs + 2 * slackMs,
    },
    // Docker's own check says that it is healthy; with a port to ask, it must not answer the path with an error either.
    ...((!service.healthcheck || health.port !== undefined) && change.names.length > 0 && port !== undefined
      ? [
          {
            kind: 'reach' as const,
            id: `reach-${service.name}`,
            title: `Ask the new containers of ${service.name} on port ${port}`,
            addresses: addresses(script, project, service.name, [...matching, ...leaving], port),
            ...(health.port === undefined ? {} : { path: health.path }),
            ...(service.healthcheck ? { refuses: 'server-error' as const } : {}),
            timeoutMs: health.timeoutMs,
          },
        ]
      : []),
  ];
}

function routeStep(
  { script, project }: RollInput,
  id: string,
  title: string,
  proxy: string,
  routes: readonly Route[],
): Step {
  return { kind: 'script', id, title, script: route(script, project, proxy, routes), timeoutMs: slackMs };
}

const sharing = (rolls: readonly ServiceChange[]): Route[] =>
  rolls.map(({ service, names, broken }) => ({ service: service.name, names, without: broken }));

const switching = (rolls: readonly ServiceChange[]): Route[] =>
  rolls.map(({ service, names, leaving }) => ({ service: service.name, names, without: leaving }));

function watchStep({ script, project, target }: RollInput, starting: readonly ServiceChange[]): Step {
  const { stabilityMs } = target.deploy;
  return {
    kind: 'script',
    id: 'watch',
    title: `Watch the new containers for ${stabilityMs / 1000} s`,
    script: watch(
      script,
      project,
      starting.map(({ service, leaving }) => ({ service: service.name, without: leaving })),
      stabilityMs,
    ),
    timeoutMs: stabilityMs + slackMs,
  };
}

function drainStep({ script, target }: RollInput, proxy: string): Step {
  const { drainMs } = target.deploy;
  return {
    kind: 'script',
    id: 'drain',
    title: 'Let the proxy’s old workers finish their requests',
    script: drain(script, proxy, drainMs),
    timeoutMs: drainMs + slackMs,
    notePrefix: undrained,
  };
}

/** The longest grace period that a container may take, milliseconds. */
function stopLimit({ target }: RollInput, rolls: readonly ServiceChange[]): number {
  return target.deploy.stopMs ?? Math.max(...rolls.map(({ service }) => service.stopGraceMs ?? 10_000));
}

function containersText(count: number, kind: string): string {
  return `${count} ${kind} container${count === 1 ? '' : 's'}`;
}
