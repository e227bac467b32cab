import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { sshConfigIsOfProject } from '../../../src/config/trust.ts';

const project = (content: Readonly<Record<string, string>>) => ({
  read: async (path: string) => await Promise.resolve(content[path]),
  list: async () => await Promise.resolve([]),
  exists: async (path: string) => await Promise.resolve(path in content || path === '/project/.git'),
});

it.each([
  {
    title: 'ops.yaml',
    files: { '/project/ops.yaml': 'hosts: web\nssh: { config_file: cfg }\n' },
    env: {},
    expected: true,
  },
  {
    title: '.env',
    files: { '/project/.env': 'OPS_HOST=web\nOPS_SSH_CONFIG=cfg\n' },
    env: {},
    expected: true,
  },
  {
    title: 'the environment, which wins',
    files: { '/project/.env': 'OPS_HOST=web\nOPS_SSH_CONFIG=cfg\n' },
    env: { OPS_SSH_CONFIG: '/home/me/cfg' },
    expected: false,
  },
  { title: 'nobody', files: { '/project/.env': 'OPS_HOST=web\n' }, env: {}, expected: false },
])('the SSH configuration named by $title is the project’s: $expected', async ({ files, env, expected }) => {
  const { config } = await loadConfig({ cwd: '/project', env, flags: {}, files: project(files) });
  expect(sshConfigIsOfProject(config)).toBe(expected);
});
