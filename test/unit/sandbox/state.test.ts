import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { targetSchema } from '../../../src/config/schema.ts';
import { sandboxNames } from '../../../src/sandbox/names.ts';
import { sandboxHost, sshWords } from '../../../src/sandbox/ssh.ts';
import { knownHosts, targetFile, type SandboxState } from '../../../src/sandbox/state.ts';
import { chooseApp } from '../../../src/sandbox/app.ts';

const state: SandboxState = {
  version: 1,
  name: 'pair',
  root: '/home/me/my app',
  directory: '/home/me/my app/.ops/sandbox/pair',
  hosts: [
    { name: 'pair-1', container: 'c1', sshPort: 4001, httpPort: 5001, hostKey: 'ssh-ed25519 AAAA1' },
    { name: 'pair-2', container: 'c2', sshPort: 4002, httpPort: 5002, hostKey: 'ssh-ed25519 AAAA2' },
  ],
  seed: 'after',
  app: chooseApp({ variant: 'after' }, '/').settings,
};

describe('the target file', () => {
  it('is what the configuration accepts as a target, for both variants', () => {
    for (const variant of ['before', 'after'] as const) {
      const target: unknown = parse(targetFile({ ...state, app: chooseApp({ variant }, '/').settings }));
      expect(targetSchema.safeParse(target).error).toBeUndefined();
    }
  });

  it('names every server, its own known_hosts, and no configuration of the user', () => {
    const target = parse(targetFile(state)) as { hosts: unknown; ssh: unknown; production: unknown };
    expect(target).toMatchObject({
      production: false,
      hosts: [
        {
          name: 'pair-1',
          address: '127.0.0.1',
          port: 4001,
          user: 'deploy',
          key_file: `${state.directory}/id_ed25519`,
        },
        { name: 'pair-2', address: '127.0.0.1', port: 4002 },
      ],
      ssh: { known_hosts_file: `${state.directory}/known_hosts`, config_file: 'none' },
      app_dir: '/srv/app',
      branch: 'main',
      release: { command: 'python3 migrate.py' },
    });
  });
});

it('known_hosts has a line for each port', () => {
  expect(knownHosts(state.hosts)).toBe(
    '[127.0.0.1]:4001 ssh-ed25519 AAAA1\n[127.0.0.1]:4002 ssh-ed25519 AAAA2\n',
  );
});

describe('ssh', () => {
  it('uses nothing of the user, and asks for nothing', () => {
    const words = sshWords(state, sandboxHost(state, 'pair-2'), ['docker', 'ps']);
    expect(words.slice(0, 6)).toEqual(['-F', 'none', '-i', `${state.directory}/id_ed25519`, '-p', '4002']);
    expect(words).toContain('StrictHostKeyChecking=yes');
    // OpenSSH splits the value at spaces.
    expect(words).toContain(`UserKnownHostsFile="${state.directory}/known_hosts"`);
    expect(words.slice(-4)).toEqual(['deploy@127.0.0.1', '--', 'docker', 'ps']);
  });

  it('takes the first server when none is named, and says which there are', () => {
    expect(sandboxHost(state, undefined).name).toBe('pair-1');
    expect(() => sandboxHost(state, 'pair-3')).toThrowError(
      expect.objectContaining({ code: 'NO_SUCH_HOST', next: ['It has: pair-1, pair-2.'] }),
    );
  });
});

describe('names', () => {
  it('differ for the same sandbox name in two projects', () => {
    const [one, two] = [sandboxNames('a', '/one'), sandboxNames('a', '/two')];
    expect(one.container(1)).toMatch(/^ops-sandbox-a-[0-9a-f]{6}-1$/);
    expect(one.container(1)).not.toBe(two.container(1));
    expect(one.network).not.toBe(two.network);
    expect(sandboxNames('a', '/one')).toMatchObject({ network: one.network, gitVolume: one.gitVolume });
  });

  it.each(['', 'A', '-a', 'a/b', '../x', 'a b', 'a'.repeat(32)])('refuses %j', (name) => {
    expect(() => sandboxNames(name, '/')).toThrowError(expect.objectContaining({ code: 'BAD_SANDBOX_NAME' }));
  });
});
