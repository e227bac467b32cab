import { describe, expect, it } from 'vitest';
import { connectEarly } from '../../../src/cli/early-connect.ts';
import type { Context } from '../../../src/cli/context.ts';
import type { HostConfig } from '../../../src/config/config.ts';
import { ConnectionError } from '../../../src/errors.ts';
import type { Host } from '../../../src/host/host.ts';

const hosts = [{ name: 'one' }, { name: 'two' }] as HostConfig[];

function context(fail?: string) {
  const opened: string[] = [];
  const closed: string[] = [];
  const connect = async ({ name }: HostConfig): Promise<Host> => {
    opened.push(name);
    if (name === fail) throw new ConnectionError('REFUSED', `${name} refuses.`);
    return await Promise.resolve({ name, close: async () => void closed.push(name) } as unknown as Host);
  };
  const signal = new AbortController().signal;
  return { opened, closed, value: { config: { target: { hosts } }, connect, signal } as unknown as Context };
}

describe('connecting early', () => {
  it('begins at once, and hands each connection over once', async () => {
    const { opened, closed, value } = context();
    const early = connectEarly(value);
    expect(opened).toEqual(['one', 'two']);
    for (const host of hosts) await early.context.connect(host);
    expect(opened).toEqual(['one', 'two']);
    await early.context.connect(hosts[0] as HostConfig);
    expect(opened).toEqual(['one', 'two', 'one']);
    await early.abandon();
    expect(closed).toEqual([]);
  });

  it('closes what nobody asked for', async () => {
    const { closed, value } = context();
    const early = connectEarly(value);
    await early.context.connect(hosts[0] as HostConfig);
    await early.abandon();
    expect(closed).toEqual(['two']);
  });

  it('a failure is told to who asks, and to nobody else', async () => {
    const { value, closed } = context('two');
    const early = connectEarly(value);
    await expect(early.context.connect(hosts[1] as HostConfig)).rejects.toThrow('two refuses.');
    const other = connectEarly(value);
    await other.abandon();
    expect(closed).toEqual(['one']);
    await early.abandon();
  });
});
