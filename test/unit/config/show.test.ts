import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { showConfig, sourceText, type SettingRow } from '../../../src/config/show.ts';
import { memoryFiles } from './memory-files.ts';

const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nverysecret\n-----END OPENSSH PRIVATE KEY-----\n';

async function rows(): Promise<SettingRow[]> {
  const yaml = [
    'hosts: [deploy@web1, { address: 203.0.113.6, name: web-2, port: 23 }]',
    'build: { args: { VERSION: 3, NPM_TOKEN: verysecret } }',
    'deploy: { stability: 90, min_disk: 4G }',
    'checks: { thresholds: { cpu: { warn: 30, fail: 50 } } }',
    'release: { command: [alembic, upgrade, head] }',
  ].join('\n');
  const { config } = await loadConfig({
    cwd: '/shop',
    env: { OPS_SSH_KEY_CONTENT: key },
    flags: { url: 'https://shop.example.com' },
    files: memoryFiles({ '/shop/ops.yaml': yaml, '/shop/.env': 'OPS_SSH_PASSPHRASE=verysecret\n' }),
  });
  return showConfig(config);
}

describe('config show', () => {
  test('every value with its place', async () => {
    const shown = (await rows()).map((row) => [row.key, row.value, row.text, sourceText(row)]);
    expect(shown).toEqual([
      ['hosts.0.name', 'web1', 'web1', 'default'],
      ['hosts.0.address', 'web1', 'web1', 'ops.yaml:1'],
      ['hosts.0.user', 'deploy', 'deploy', 'ops.yaml:1'],
      ['hosts.1.name', 'web-2', 'web-2', 'ops.yaml:1'],
      ['hosts.1.address', '203.0.113.6', '203.0.113.6', 'ops.yaml:1'],
      ['hosts.1.port', 23, '23', 'ops.yaml:1'],
      ['ssh.key', '[redacted]', '[redacted]', 'OPS_SSH_KEY_CONTENT (environment)'],
      ['ssh.passphrase', '[redacted]', '[redacted]', 'OPS_SSH_PASSPHRASE (.env)'],
      ['ssh.connect_timeout', 15_000, '15s', 'default'],
      ['ssh.keepalive', 10_000, '10s', 'default'],
      ['production', true, 'true', 'default'],
      ['app_dir', '/srv/app', '/srv/app', 'default'],
      ['branch', 'main', 'main', 'default'],
      ['remote', 'origin', 'origin', 'default'],
      ['compose.files', ['docker-compose.prod.yml'], 'docker-compose.prod.yml', 'default'],
      ['compose.profiles', [], '', 'default'],
      ['compose.env_files', [], '', 'default'],
      ['url', 'https://shop.example.com', 'https://shop.example.com', '--url'],
      ['services.stateful', [], '', 'default'],
      ['health.path', '/health', '/health', 'default'],
      ['health.timeout', 120_000, '2m', 'default'],
      ['build.cache', false, 'false', 'default'],
      ['build.pull', false, 'false', 'default'],
      ['build.args.VERSION', '3', '3', 'ops.yaml:2'],
      ['build.args.NPM_TOKEN', '[redacted]', '[redacted]', 'ops.yaml:2'],
      ['build.timeout', 1_800_000, '30m', 'default'],
      ['release.command', ['alembic', 'upgrade', 'head'], '"alembic" "upgrade" "head"', 'ops.yaml:5'],
      ['release.hosts', 'all', 'all', 'default'],
      ['release.timeout', 600_000, '10m', 'default'],
      ['hooks.before_deploy', [], '', 'default'],
      ['hooks.after_deploy', [], '', 'default'],
      ['hooks.on_failure', [], '', 'default'],
      ['deploy.strategy', 'rolling', 'rolling', 'default'],
      ['deploy.stability', 90_000, '1m30s', 'ops.yaml:3'],
      ['deploy.drain', 60_000, '1m', 'default'],
      ['deploy.lock_wait', 0, '0s', 'default'],
      ['deploy.keep', 5, '5', 'default'],
      ['deploy.min_disk', 4096, '4G', 'ops.yaml:3'],
      ['checks.skip', [], '', 'default'],
      ['checks.thresholds.cpu', { warn: 30, fail: 50 }, 'warn 30, fail 50', 'ops.yaml:4'],
      ['checks.requests', 20, '20', 'default'],
      ['checks.cpu_window', 3000, '3s', 'default'],
      ['bench.requests', [], '', 'default'],
      ['bench.duration', 10_000, '10s', 'default'],
      ['bench.warm_up', 2_000, '2s', 'default'],
      ['bench.timeout', 10_000, '10s', 'default'],
      ['bench.thresholds', [], '', 'default'],
    ]);
  });

  test('no secret, in whatever form', async () => {
    expect(JSON.stringify(await rows())).not.toContain('verysecret');
  });
});
