import { describe, expect, it } from 'vitest';
import type { Probe } from '../../../src/probe/probe.ts';
import type { ServiceChange } from '../../../src/deploy/changes.ts';
import type { HostSession } from '../../../src/rollout/session.ts';
import { assertLive, assertPutBack, assertServed } from '../../../src/rollout/verify.ts';
import { container, facts, service, target } from '../deploy/stack.ts';

/** A probe that met so many failures since, and such a share of them before. */
const probe = (failures: number, share = 0): Probe => ({
  failures: () =>
    Array.from({ length: failures }, () => ({ at: 0, durationMs: 1, ok: false, error: 'HTTP 500' })),
  failedShare: () => share,
  serving: true,
  stop: () => Promise.reject(new Error('not asked for')),
});

/** After 10 s: 200 requests. */
const served = (asked: Probe | undefined) => {
  const since = performance.now() - 10_000;
  return assertServed(asked, since, since, '/health');
};

describe('what the probe met while traffic moved', () => {
  it('nothing bad, or nobody looked', () => {
    expect(served(probe(0))).toBeUndefined();
    expect(served(undefined)).toBeUndefined();
  });

  it('a request or two may be lost on the way', () => {
    expect(served(probe(2))).toBe('2 failed');
  });

  it('more is the new release’s fault', () => {
    expect(() => served(probe(10))).toThrow(
      '10 requests to /health failed while the new release took traffic; the last: HTTP 500',
    );
  });

  it('unless the old one answered no better', () => {
    expect(served(probe(10, 0.05))).toBe('10 failed');
    expect(() => served(probe(100, 0.05))).toThrow('100 requests');
  });
});

describe('what runs at the end', () => {
  /** @param seen what still differs after each look */
  const live = async (...seen: readonly (readonly ServiceChange[])[]) => {
    const looks: string[] = [];
    const look = (name: string) => async () => {
      looks.push(name);
      return await Promise.resolve(facts({ containers: [], proxy: { state: 'none' } }));
    };
    const session = {
      target: target(),
      lookAtWhatRuns: look('what runs'),
      lookAtStack: look('files too'),
    } as unknown as HostSession;
    const differs = (): readonly ServiceChange[] => seen[looks.length - 1] ?? [];
    return { ...(await assertLive(session, differs, undefined)), looks };
  };
  const change: ServiceChange = {
    service: service('backend'),
    action: 'recreate',
    why: 'changed configuration',
    matching: [],
    leaving: [],
    broken: [],
    add: 0,
    names: [],
  };

  it('is what is wanted: one look at it', async () => {
    expect(await live([])).toEqual({ text: 'no published port to ask', looks: ['what runs'] });
  });

  it('is what the files want by now', async () => {
    expect(await live([change], [])).toMatchObject({ looks: ['what runs', 'files too'] });
  });

  it('is not what is wanted', async () => {
    await expect(live([change], [change])).rejects.toMatchObject({
      code: 'NOT_AS_WANTED',
      message: 'Not everything runs as wanted: backend (changed configuration).',
    });
  });
});

describe('the images of the release that was put back', () => {
  const images = { backend: { id: 'sha256:old', tag: 'shop-backend:ops-1' } };

  it('run again, beside whatever else', () => {
    expect(() =>
      assertPutBack(images, [
        container('backend', { image: 'sha256:new', id: 'x' }),
        container('backend', { image: 'sha256:old' }),
      ]),
    ).not.toThrow();
    expect(() => assertPutBack({}, [])).not.toThrow();
  });

  it.each([
    ['another runs', [container('backend', { image: 'sha256:new' })]],
    ['it is another service’s', [container('worker', { image: 'sha256:old' })]],
    ['it does not run', [container('backend', { image: 'sha256:old', state: 'exited' })]],
  ])('are missed when %s', (_when, containers) => {
    expect(() => assertPutBack(images, containers)).toThrow(
      expect.objectContaining({ code: 'NOT_PUT_BACK', reason: 'needsHuman' }) as Error,
    );
  });
});
