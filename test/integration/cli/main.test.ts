import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../fixtures/commands/run.ts', import.meta.url));
const run = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });

describe('a command that waits for what cannot come any more', () => {
  it('ends as a bug, with an exit code of the table', () => {
    const { status, stderr, stdout } = run('stuck');
    expect({ status, stdout }).toEqual({ status: 70, stdout: '' });
    expect(stderr).toContain('`ops stuck` waits for something that cannot come any more.');
    expect(stderr).not.toContain('unsettled');
  });

  it('says so to a script', () => {
    const { status, stdout } = run('stuck', '--json');
    expect(status).toBe(70);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, reason: 'internal', exitCode: 70 });
  });
});
