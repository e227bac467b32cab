import { describe, expect, test } from 'vitest';
import type { ParsedKey } from 'ssh2';
import { orderIdentities } from '../../../../src/host/ssh/identities.ts';
import type { Identity } from '../../../../src/host/ssh/identities.ts';

const identity = (key: string, from: string): Identity => ({
  label: `${from} ${key}`,
  publicKey: { getPublicSSH: () => Buffer.from(key) } as ParsedKey,
  sign: async () => Buffer.alloc(0),
});
const list = (from: string, keys: string) => keys.split('').map((key) => identity(key, from));

describe('orderIdentities', () => {
  const cases = [
    {
      name: 'named, then the agent, then the defaults',
      named: 'a',
      agent: 'bc',
      optional: 'd',
      expected: 'file a, agent b, agent c, file d',
    },
    {
      name: 'the agent signs for a named key that it holds',
      named: 'a',
      agent: 'ba',
      optional: '',
      expected: 'agent a, agent b',
    },
    {
      name: 'no key is offered twice',
      named: 'a',
      agent: 'ab',
      optional: 'ab',
      expected: 'agent a, agent b',
    },
    {
      name: 'IdentitiesOnly',
      named: 'a',
      agent: 'bd',
      optional: 'cd',
      only: true,
      expected: 'file a, file c, agent d',
    },
    { name: 'nothing', named: '', agent: '', optional: '', expected: '' },
  ];
  test.each(cases)('$name', ({ named, agent, optional, only = false, expected }) => {
    const ordered = orderIdentities(list('file', named), list('agent', agent), list('file', optional), only);
    expect(ordered.map(({ label }) => label).join(', ')).toBe(expected);
  });
});
