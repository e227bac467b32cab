import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceChange } from '../deploy/changes.ts';
import { OpsError } from '../errors.ts';
import type { ContainerFact } from '../facts/containers.ts';
import type { ReleaseImage } from '../ledger/entry.ts';
import { siteEndpoint } from '../observe/endpoint.ts';
import { ask, type Probe } from '../probe/probe.ts';
import type { HostSession } from './session.ts';

/** Above this share of failed requests the new release does not serve, whatever its health check says. */
const failedShare = 0.02;
const failedLeast = 3;
/** Requests of the probe in a millisecond. */
const probeRate = 1 / 50;

const attempts = 5;
const pauseMs = 500;

/**
 * Nothing that runs differs from what is wanted, and the site answers through the proxy.
 *
 * @param changes what would still have to be done, by the state as `session` sees it now
 * @param site whether it has to answer: one that did not before a release need not when that is put back
 * @returns what was seen, for people; `movedTo`: all that was seen is a redirect to https
 * @throws OpsError `NOT_AS_WANTED`, `NOT_SERVING`
 */
export async function assertLive(
  session: HostSession,
  changes: () => readonly ServiceChange[],
  signal: AbortSignal | undefined,
  site: 'answers' | 'did-not-answer' = 'answers',
): Promise<{ text: string; movedTo?: string }> {
  const { target, host } = session;
  const differing = (): ServiceChange[] => changes().filter(({ action }) => action !== 'keep');
  let facts = await session.lookAtWhatRuns(signal);
  let wrong = differing();
  if (wrong.length > 0) {
    // What was changed in the files since they were read may be what Compose went by.
    facts = await session.lookAtStack(signal);
    wrong = differing();
  }
  if (wrong.length > 0) {
    const names = wrong.map(({ service, why }) => `${service.name} (${why ?? ''})`).join(', ');
    throw new OpsError('unchanged', 'NOT_AS_WANTED', `Not everything runs as wanted: ${names}.`);
  }
  if (site === 'did-not-answer') return { text: 'as before: the site did not answer then' };
  const { path } = target.health;
  const endpoint = siteEndpoint(target, facts.proxy, facts.containers, path);
  if (!endpoint) return { text: 'no published port to ask' };
  let last = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const began = performance.now();
    try {
      const { status, movedTo } = await ask(host, endpoint, path);
      const text = `${path} ${status} in ${Math.round(performance.now() - began)} ms`;
      if (status < 400) return { text, ...(movedTo === undefined ? {} : { movedTo }) };
      last = `HTTP ${status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    signal?.throwIfAborted();
    await sleep(pauseMs);
  }
  throw new OpsError('unchanged', 'NOT_SERVING', `The site does not answer ${path}: ${last}.`, {
    next: ['If the path is wrong, set health.path (OPS_HEALTH_PATH).'],
  });
}

/**
 * The probe met hardly more failures since traffic moved than before; a request or two may be lost on the way to us.
 * Of a site that did not answer before, nothing can be said: the old containers still get a part of the requests.
 *
 * @param moved when traffic began to move, of the probe's clock
 * @param since from when on failures count; later than `moved` where downtime was agreed to
 * @throws OpsError `NOT_SERVING`
 */
export function assertServed(
  probe: Probe | undefined,
  moved: number,
  since: number,
  path: string,
): string | undefined {
  const failures = probe?.failures(since) ?? [];
  const asked = (performance.now() - since) * probeRate;
  const allowed = failedShare + (probe?.failedShare(moved) ?? 0);
  const [last] = failures.slice(-1);
  if (failures.length < Math.max(failedLeast, asked * allowed))
    return failures.length === 0 ? undefined : `${failures.length} failed`;
  throw new OpsError(
    'unchanged',
    'NOT_SERVING',
    `${failures.length} requests to ${path} failed while the new release took traffic; the last: ${last?.error ?? ''}.`,
  );
}

/**
 * Each image of the release that was put back runs again: that all is as the files say is not enough, for an image name
 * may still mean the failed release.
 *
 * @throws OpsError `NOT_PUT_BACK`
 */
export function assertPutBack(
  images: Readonly<Record<string, ReleaseImage>>,
  containers: readonly ContainerFact[],
): void {
  const runs = (service: string, id: string): boolean =>
    containers.some((one) => one.service === service && one.state === 'running' && one.image === id);
  const wrong = Object.entries(images).filter(([service, { id }]) => !runs(service, id));
  if (wrong.length === 0) return;
  throw new OpsError(
    'needsHuman',
    'NOT_PUT_BACK',
    `What runs of ${wrong.map(([service]) => service).join(', ')} is not the image that ran before the release.`,
    { place: { step: 'verify', output: wrong.map(([service, { tag }]) => `${service}: ${tag}`) } },
  );
}
