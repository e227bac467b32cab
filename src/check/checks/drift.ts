import { hasDoneItsWork, hasEndedWell } from '../../deploy/changes.ts';
import { configHash } from '../../deploy/naming.ts';
import { liveRelease, unfinishedRelease } from '../../ledger/ledger.ts';
import type { ComposeService } from '../../facts/compose.ts';
import type { ContainerFact } from '../../facts/containers.ts';
import type { LockFact } from '../../facts/lock.ts';
import type { ProxyFact } from '../../facts/proxy.ts';
import { staleSeconds } from '../../shell/lock.ts';
import { check } from '../check.ts';
import { expectation } from '../threshold.ts';

export const drift = check({
  id: 'drift',
  title: 'Drift',
  describe:
    'Whether what runs is what the ledger says: the images and the commit of the live release, a running container of each service that it built, containers that match the Compose files, no unfinished deploy, the configuration that nginx had then, no lines of ops left in the proxy, no bind-mounted file that was replaced behind its container. A difference that a deploy would silently overwrite warns; one that shows a broken-off deploy, a service that does not run, another image than recorded, or a stale mount fails. While somebody is at work it is unknown; a lock whose client has not been heard from for a minute does not count.',
  unit: 'differences',
  direction: 'atMost',
  defaults: {},
  needs: ['ledger', 'lock', 'git', 'compose', 'containers', 'proxy'],
  evaluate({ ledger, lock, git, compose, containers, proxy, settings }) {
    const expected = expectation({ direction: 'atMost', unit: 'differences' }, { fail: 0 });
    const live = liveRelease(ledger);
    const unfinished = unfinishedRelease(ledger);
    // The client of a silent lock is gone, and the next deploy takes the lock over: nobody is at work.
    if (lock.state === 'held' && lock.silentSeconds <= staleSeconds)
      return {
        status: 'unknown',
        expected,
        message: `${lock.owner ? `${lock.owner.by} is at work (${lock.owner.what})` : 'Somebody holds the lock'}: try again when it is done.`,
      };
    const broken: string[] = [];
    const changed: string[] = [];
    if (unfinished) broken.push(`release ${unfinished.id} was begun and never finished${silentOwner(lock)}`);
    if (proxy.state === 'ok') {
      if (proxy.pins.length > 0)
        broken.push(`${proxy.service} still has ${proxy.pins.length} pinned addresses of a deploy`);
      const loaded = live?.finished?.proxyConfig;
      if (loaded !== undefined && proxy.config !== undefined && loaded !== configHash(proxy.config))
        changed.push(`the configuration of ${proxy.service} was changed after release ${live?.id ?? ''}`);
      for (const source of proxy.staleMounts)
        broken.push(
          `${proxy.service} does not see the present content of ${relative(source, settings.appDir)}`,
        );
    }
    const running = containers.filter(({ state }) => state === 'running');
    for (const [service, image] of Object.entries(live?.finished?.images ?? {})) {
      const other = running.filter(
        (container) => container.service === service && container.image !== image.id,
      );
      if (other.length > 0) broken.push(`${service} runs another image than release ${live?.id ?? ''}`);
      const own = containers.filter((container) => container.service === service);
      if (isMissing(own, compose.state === 'ok' ? compose.services[service] : undefined, proxy))
        broken.push(`${service} does not run, release ${live?.id ?? ''} did`);
    }
    if (compose.state === 'ok') {
      for (const { name, hash } of Object.values(compose.services))
        if (hash !== '' && running.some((one) => one.service === name && one.configHash !== hash))
          changed.push(`the configuration of ${name} was changed after its start`);
      for (const { name, service } of running)
        if (!(service in compose.services))
          changed.push(`${name} runs, but the Compose files have no ${service}`);
    }
    if (git.state === 'ok') {
      if (live && git.commit !== live.commit)
        changed.push(`the checkout is at ${short(git.commit)}, release ${live.id} is ${short(live.commit)}`);
      if (git.changes.length > 0)
        changed.push(`${git.changes.length} files on the server have local changes`);
      if (git.unfinished !== undefined) broken.push(`git has an unfinished operation (${git.unfinished})`);
    }
    const all = [...broken, ...changed];
    if (all.length > 0)
      return {
        status: broken.length > 0 ? 'fail' : 'warn',
        value: all.length,
        expected,
        message: `${all.slice(0, 2).join('; ')}${all.length > 2 ? `; and ${all.length - 2} more` : ''}.`,
        detail: all,
      };
    if (!live)
      return {
        status: 'notApplicable',
        expected,
        message: 'The ledger has no release yet: nothing to compare with.',
      };
    return {
      status: 'pass',
      value: 0,
      expected,
      message: `Runs release ${live.id} (${short(live.commit)}) as recorded.`,
    };
  },
});

/** Whether none of a service's containers runs although one should: it has not done its work, and is wanted. */
function isMissing(
  own: readonly ContainerFact[],
  service: ComposeService | undefined,
  proxy: ProxyFact,
): boolean {
  if (service?.replicas === 0 || own.some(({ state }) => state === 'running')) return false;
  const isDone = (container: ContainerFact): boolean =>
    service ? hasDoneItsWork(service, container, proxy) : hasEndedWell(container);
  return own.length === 0 || !own.every(isDone);
}

/** In brackets; empty where there is no lock, or nobody knows whose it is. */
function silentOwner(lock: LockFact): string {
  if (lock.state === 'free' || !lock.owner) return '';
  const { by, what } = lock.owner;
  return ` (${by}, ${what}, was last heard from ${lock.silentSeconds} s ago)`;
}

function short(commit: string): string {
  return commit.slice(0, 7);
}

function relative(path: string, directory: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}
