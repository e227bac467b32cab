import { describe, expect, test } from 'vitest';
import { resolveHops } from '../../../../src/host/ssh/resolve.ts';
import type { ReadSettings } from '../../../../src/host/ssh/resolve.ts';
import { defaultSettings } from '../../../../src/host/ssh/settings.ts';
import type { ClientSettings } from '../../../../src/host/ssh/settings.ts';

const reader =
  (known: Record<string, Partial<ClientSettings>>): ReadSettings =>
  async (endpoint) => ({
    ...defaultSettings(endpoint, 'me', 'linux'),
    ...known[endpoint.address],
    ...(endpoint.user === undefined ? {} : { user: endpoint.user }),
    ...(endpoint.port === undefined ? {} : { port: endpoint.port }),
  });

const chain = async (known: Record<string, Partial<ClientSettings>>, jump?: string[]) =>
  (await resolveHops({ name: 'web', address: 'web', ...(jump ? { jump } : {}) }, reader(known))).map(
    ({ label, isJump, settings }) =>
      `${isJump ? 'jump ' : ''}${label} = ${settings.user}@${settings.hostname}:${settings.port}`,
  );

describe('resolveHops', () => {
  const cases = [
    { name: 'direct', known: {}, expected: ['web = me@web:22'] },
    {
      name: 'ProxyJump with an alias for a bastion',
      known: { web: { proxyJump: 'bastion' }, bastion: { hostname: '10.0.0.1', user: 'jump', port: 2200 } },
      expected: ['jump bastion = jump@10.0.0.1:2200', 'web = me@web:22'],
    },
    {
      name: 'a bastion behind a bastion',
      known: { web: { proxyJump: 'inner' }, inner: { proxyJump: 'outer' } },
      expected: ['jump outer = me@outer:22', 'jump inner = me@inner:22', 'web = me@web:22'],
    },
    {
      name: 'a list: only its first may be behind another one',
      known: { web: { proxyJump: 'a,u@b:23' }, b: { proxyJump: 'elsewhere' } },
      expected: ['jump a = me@a:22', 'jump u@b:23 = u@b:23', 'web = me@web:22'],
    },
    {
      name: 'the own list wins',
      known: { web: { proxyJump: 'x' } },
      jump: ['u@a:24'],
      expected: ['jump u@a:24 = u@a:24', 'web = me@web:22'],
    },
    {
      name: 'an empty own list: direct',
      known: { web: { proxyJump: 'x' } },
      jump: [],
      expected: ['web = me@web:22'],
    },
    {
      name: 'an own list makes the ProxyCommand moot',
      known: { web: { proxyCommand: 'nc' } },
      jump: ['a'],
      expected: ['jump a = me@a:22', 'web = me@web:22'],
    },
  ];
  test.each(cases)('$name', async ({ known, jump, expected }) =>
    expect(await chain(known, jump)).toEqual(expected),
  );

  test('ProxyCommand is refused with what to do', async () => {
    await expect(chain({ web: { proxyCommand: 'nc %h %p' } })).rejects.toMatchObject({
      code: 'PROXY_COMMAND_UNSUPPORTED',
    });
  });

  test('so is the ProxyCommand of a jump host', async () => {
    const known = { web: { proxyJump: 'a' }, a: { proxyCommand: 'nc %h %p' } };
    await expect(chain(known)).rejects.toMatchObject({ code: 'PROXY_COMMAND_UNSUPPORTED' });
  });

  test('jump hosts that go round in a circle end', async () => {
    await expect(chain({ web: { proxyJump: 'a' }, a: { proxyJump: 'web' } })).rejects.toMatchObject({
      code: 'JUMP_HOST_LOOP',
    });
  });

  test('a jump host that is none', async () => {
    await expect(chain({}, ['a:b:c'])).rejects.toMatchObject({ code: 'JUMP_HOST_INVALID' });
  });

  test.each(['', '-oProxyCommand=touch x', 'a b'])('the address %o never reaches ssh', async (address) => {
    await expect(resolveHops({ name: 'x', address }, reader({}))).rejects.toMatchObject({
      code: 'HOST_ADDRESS_INVALID',
    });
  });

  test('the pin is for the host, not for its jump hosts', async () => {
    const hops = await resolveHops(
      { name: 'web', address: 'web', jump: ['a'], hostKey: 'SHA256:x' },
      reader({}),
    );
    expect(hops.map(({ hostKey }) => hostKey)).toEqual([undefined, 'SHA256:x']);
  });
});
