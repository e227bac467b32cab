import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tuneReport, type TuneReport } from '../../../src/cli/reports/tune.ts';
import { styleFor } from '../../../src/cli/style.ts';
import { directoryInput } from '../../../src/cli/tune-input.ts';
import { preview, writePlan } from '../../../src/cli/tune-write.ts';
import type { WriteOptions } from '../../../src/cli/write-files.ts';
import { solve } from '../../../src/tune/solve.ts';

const shop = fileURLToPath(new URL('../../../examples/shop/before', import.meta.url));
const style = styleFor({ env: { NO_COLOR: '1' } });

let root = '';

function git(...words: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', root, ...identity, ...words], { encoding: 'utf8' });
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-tune-'));
  cpSync(shop, root, { recursive: true });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'shop');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function report(): Promise<TuneReport> {
  const signal = new AbortController().signal;
  const source = await directoryInput(
    '.',
    { cwd: root, env: {}, named: ['docker-compose.prod.yml'], signal },
    { machine: { cpus: 2, memoryBytes: 4 * 1024 ** 3 } },
  );
  return { ...source, plan: solve(source.input) };
}

function options(more: Partial<WriteOptions> = {}): WriteOptions & { width: number; shown: string[] } {
  const shown: string[] = [];
  return {
    shown,
    style,
    width: 80,
    asking: {
      interactive: false,
      signal: new AbortController().signal,
      suspend: async (work) => await work(),
    },
    yes: true,
    allowDirty: false,
    dryRun: false,
    show: async (text) => {
      shown.push(text);
      await Promise.resolve();
    },
    ...more,
  };
}

describe('a plan that is written', () => {
  it('is in the files, and a second time there is nothing to write', async () => {
    const first = await writePlan(await report(), options());
    expect(first.data).toMatchObject({ written: true, left: [{ name: 'wal_compression' }] });
    expect(first.text?.()).toContain('Wrote 23 settings in 4 files:\n');
    expect(git('status', '--porcelain').trim().split('\n')).toHaveLength(4);
    expect(readFileSync(join(root, 'backend/Dockerfile'), 'utf8')).toContain('"--workers", "4"]');
    git('commit', '-qam', 'tuned');
    const second = await writePlan(await report(), options());
    expect(second.text?.()).toContain('\nNothing to write.\n');
    expect(git('status', '--porcelain')).toBe('');
  });

  it('--dry-run shows the diff and writes nothing, also with changes that are not committed', async () => {
    writeFileSync(join(root, 'VERSION'), '');
    git('add', '-A');
    const result = await writePlan(await report(), options({ dryRun: true, yes: false }));
    const text = result.text?.() ?? '';
    expect(text).toContain('\n-worker_processes auto;\n+worker_processes 1;\n');
    expect(text).toContain('23 settings in 4 files, not written:\n');
    expect(result.data).toMatchObject({ written: false });
    expect(git('status', '--porcelain')).toBe('A  VERSION\n');
  });

  it('is not written beside changes that git does not have', async () => {
    writeFileSync(join(root, 'nginx/nginx.conf'), 'events {}\n');
    await expect(writePlan(await report(), options())).rejects.toMatchObject({ code: 'DIRTY_TREE' });
    const allowed = await writePlan(await report(), options({ allowDirty: true }));
    expect(allowed.data).toMatchObject({ written: true });
  });

  it('is shown, and not written without a yes', async () => {
    const asked = options({ yes: false });
    await expect(writePlan(await report(), asked)).rejects.toMatchObject({ code: 'NEEDS_YES' });
    expect(asked.shown.join('')).toContain('+      - shared_buffers=360MB');
    expect(git('status', '--porcelain')).toBe('');
  });

  it('is not written when a file changed meanwhile', async () => {
    const planned = await report();
    writeFileSync(join(root, 'nginx/nginx.conf'), 'events {}\n');
    await expect(writePlan(planned, options({ allowDirty: true }))).rejects.toMatchObject({
      code: 'FILE_CHANGED',
    });
    expect(git('status', '--porcelain')).toBe(' M nginx/nginx.conf\n');
  });

  it('is for files of this machine only', async () => {
    const { project: _, ...elsewhere } = await report();
    await expect(writePlan(elsewhere, options())).rejects.toMatchObject({ code: 'NOTHING_TO_EDIT' });
  });
});

describe('the report before it', () => {
  it('says what is set already and what --write would set', async () => {
    const planned = await report();
    const would = preview(planned);
    const text = tuneReport({ ...planned, ...(would ? { would } : {}) }, style, { width: 120 });
    expect(text).toMatch(/ {2}work_mem +4MB .* \(as it is\)$/m);
    expect(text).toContain('Next: the same with `--write` sets 23 of 26 numbers in 4 files');
  });
});
