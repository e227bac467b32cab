import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isProgram, removeStalePidFile } from '../../../src/sandbox/pid-file.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'ops-pid-'));
  file = path.join(directory, 'daemon.pid');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe.runIf(process.platform === 'linux')('the pid file of a daemon', () => {
  it('goes when its pid is another program’s by now', () => {
    writeFileSync(file, String(process.pid));
    expect(removeStalePidFile(file, 'dockerd')).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it('goes when no process has its pid, and when it holds no pid', () => {
    for (const text of ['4194999', '', 'not a pid']) {
      writeFileSync(file, text);
      expect(removeStalePidFile(file, 'dockerd')).toBe(true);
    }
  });

  it('stays when its daemon runs', () => {
    const program = path.basename(process.argv0);
    expect(isProgram(process.pid, program)).toBe(true);
    writeFileSync(file, `${process.pid}\n`);
    expect(removeStalePidFile(file, program)).toBe(false);
    expect(existsSync(file)).toBe(true);
  });

  it('may be absent', () => {
    expect(removeStalePidFile(file, 'dockerd')).toBe(false);
  });
});
