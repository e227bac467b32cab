import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runHooks, type HookFacts } from '../../../src/rollout/run-hooks.ts';
import type { RolloutContext } from '../../../src/rollout/session.ts';

it('a hook has the environment and what it is told, and no key of ours', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ops-hook-'));
  try {
    const context = {
      config: { root, target: { name: 'production', hooks: { beforeDeploy: ['env > seen'] } } },
      env: {
        PATH: process.env['PATH'],
        SLACK_TOKEN: 'its own',
        OPS_SSH_KEY_CONTENT: 'canary-key',
        OPS_SSH_PASSPHRASE: 'canary-passphrase',
      },
      signal: new AbortController().signal,
      progress: () => undefined,
    } as unknown as RolloutContext;
    await runHooks('beforeDeploy', context, {
      id: 'R',
      kind: 'deploy',
      wanted: { commit: 'c', subject: '$(touch owned)\nPATH=/evil' },
      from: 'b',
      by: 'ann',
      hosts: [{ session: { name: 'web', host: {} } }],
    } as unknown as HookFacts);
    const seen = readFileSync(join(root, 'seen'), 'utf8');
    expect(seen).toContain('SLACK_TOKEN=its own\n');
    expect(seen).toContain('OPS_SUBJECT=$(touch owned)\n');
    expect(seen).not.toContain('canary');
  } finally {
    rmSync(root, { recursive: true });
  }
});
