import { describe, expect, it } from 'vitest';
import { preflight } from '../../../src/deploy/preflight.ts';
import type { Host } from '../../../src/host/host.ts';
import { HostSession, type RolloutContext } from '../../../src/rollout/session.ts';
import { target } from '../deploy/stack.ts';

const commit = `state ok\ncommit ${'a'.repeat(40)}\ntree ${'b'.repeat(40)}`;

/**
 * A host on which Docker lists neither containers nor images to us, and the engine is as given.
 *
 * @param more what facts print instead, by the number of the script that asks, counted from 0
 */
async function sessionOf(
  engine: string,
  more: (script: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<{ session: HostSession; scripts: readonly string[] }> {
  const scripts: string[] = [];
  const usual: Readonly<Record<string, string>> = {
    engine,
    system: 'user deploy\ncpus 2\nnow 1',
    git: commit,
    lock: 'free',
    compose: '{"name":"shop","services":{}}\n@hashes\n',
    containers: 'unreadable',
    images: 'unreadable',
  };
  const host = {
    name: 'web-1',
    script: async (text: string) => {
      const prints = { ...usual, ...more(scripts.length) };
      scripts.push(text);
      const nonce = /@ops-\w+@/.exec(text)?.[0] ?? '';
      const ids = [...text.matchAll(/@ops-\w+@ (\S+) begin\b/g)].map(([, id = '']) => id);
      const stdout = ids
        .map((id) => {
          const code = prints[id as 'containers'] === 'unreadable' ? 1 : 0;
          return `\n${nonce} ${id} begin\n${prints[id] ?? ''}\n${nonce} ${id} end ${code}\n`;
        })
        .join('');
      return await Promise.resolve({ code: 0, signal: null, stdout, stderr: '', truncated: false });
    },
  } as unknown as Host;
  const context = {
    config: { target: target() },
    connect: async () => await Promise.resolve(host),
  } as unknown as RolloutContext;
  const session = new HostSession(context, { name: 'web-1', address: 'web-1' });
  await session.connect();
  return { session, scripts };
}

describe.each([
  ['containers', { images: '' }],
  ['images', { containers: '' }],
  ['containers and images', {}],
])('%s that cannot be listed', (_name, readable) => {
  it.each([
    ['unreachable\nplugin 2.26.1', 'DOCKER_UNREACHABLE'],
    ['missing\nnone', 'NO_DOCKER'],
  ])('the preflight says why: %j', async (engine, code) => {
    const { session } = await sessionOf(engine, () => readable);
    const facts = await session.look();
    expect(() => preflight(facts, session.target, 'web-1', { stash: false })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  it('are not taken for none where the engine answers', async () => {
    const { session } = await sessionOf('ok 26.1.5\nplugin 2.26.1', () => readable);
    await expect(session.look()).rejects.toMatchObject({
      code: 'FACTS_FAILED',
      message: expect.stringContaining('Docker cannot list them') as string,
      place: { host: 'web-1' },
    });
  });

  it('are not taken for none in the middle of a release', async () => {
    const { session } = await sessionOf('unreachable\nplugin 2.26.1', () => readable);
    await session.look();
    await expect(session.lookAtStack()).rejects.toMatchObject({ code: 'FACTS_FAILED' });
    await expect(session.lookAtWhatRuns()).rejects.toMatchObject({ code: 'FACTS_FAILED' });
  });
});

describe('a look at what the steps change', () => {
  it('asks Docker for the project that is known', async () => {
    const { session, scripts } = await sessionOf('ok 26.1.5\nplugin 2.26.1', () => ({
      containers: '',
      images: '',
    }));
    await session.look();
    await session.lookAtStack();
    expect(scripts).toHaveLength(2);
    expect(scripts[0]).toContain(' ps --all --quiet');
    expect(scripts[0]).not.toContain('label=com.docker.compose.project=shop');
    expect(scripts[1]).toContain('label=com.docker.compose.project=shop');
    expect(scripts[1]).not.toContain('version --short');
  });

  it('asks Compose nothing, if only what runs is asked for, and keeps what the files say', async () => {
    const { session, scripts } = await sessionOf('ok 26.1.5\nplugin 2.26.1', (script) => ({
      containers: '',
      images: script === 0 ? '' : 'sha256:1 shop:new',
    }));
    const { compose } = await session.look();
    expect(await session.lookAtWhatRuns()).toMatchObject({ compose, images: { 'shop:new': 'sha256:1' } });
    expect(scripts[1]).toContain('label=com.docker.compose.project=shop');
    expect(scripts[1]).not.toContain(' config ');
  });

  it('asks Compose again when the project has another name now', async () => {
    const { session, scripts } = await sessionOf('ok 26.1.5\nplugin 2.26.1', (script) => ({
      containers: '',
      images: '',
      ...(script === 0 ? {} : { compose: '{"name":"store","services":{}}\n@hashes\n' }),
    }));
    await session.look();
    const { compose: seen } = await session.lookAtStack();
    expect(seen).toMatchObject({ project: 'store' });
    expect(scripts).toHaveLength(3);
    expect(scripts[2]).not.toContain('label=com.docker.compose.project=shop');
  });
});
