import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { uncommitted, writeChanges } from '../../../src/gather/write-changes.ts';
import { makeDirectory, removeState, writeState, type SandboxState } from '../../../src/sandbox/state.ts';
import { git, removeTemporary, temporary } from '../shell/sh.ts';

afterAll(removeTemporary);

it('a bare repository that was committed into a project runs nothing', async () => {
  const project = temporary();
  const owned = join(project, 'owned');
  const inner = join(project, 'deploy');
  mkdirSync(inner);
  git(inner, 'init', '--quiet', '--bare');
  writeFileSync(
    join(inner, 'config'),
    `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ${inner}\n\tfsmonitor = "touch ${owned}; false"\n`,
  );
  execFileSync('git', ['status', '--porcelain'], { cwd: inner, stdio: 'ignore' });
  expect(existsSync(owned), 'plain git would run it').toBe(true);
  execFileSync('rm', [owned]);
  expect(await uncommitted(inner)).toBeUndefined();
  expect(existsSync(owned)).toBe(false);
});

it('a fix is not written through a link that leads out of the project', async () => {
  const victim = join(temporary(), 'bashrc');
  writeFileSync(victim, 'same\n');
  const project = temporary();
  symlinkSync(victim, join(project, 'nginx.conf'));
  const change = new Map([['nginx.conf', { before: 'same\n', after: 'evil\n' }]]);
  await expect(writeChanges(project, change)).rejects.toMatchObject({ code: 'FILE_OUTSIDE' });
  expect(readFileSync(victim, 'utf8')).toBe('same\n');
});

describe('files of sandboxes', () => {
  const home = () => {
    const directory = temporary();
    mkdirSync(join(directory, 'documents'));
    writeFileSync(join(directory, 'documents/letter'), 'dear');
    return directory;
  };

  it.each([
    { title: '.ops', link: '.ops', to: (there: string) => join(there, '..'), name: 'documents' },
    { title: '.ops/sandbox', link: '.ops/sandbox', to: (there: string) => there, name: 'documents' },
    {
      title: 'its own directory',
      link: '.ops/sandbox/documents',
      to: (there: string) => join(there, 'documents'),
      name: 'documents',
    },
  ])('are neither made nor removed behind a link: $title', ({ link, to, name }) => {
    const there = home();
    const project = temporary();
    if (link !== '.ops') mkdirSync(join(project, '.ops'));
    if (link.endsWith('documents')) mkdirSync(join(project, '.ops/sandbox'));
    symlinkSync(to(there), join(project, link));
    expect(() => makeDirectory(project, name)).toThrow(/is a link/);
    expect(() => removeState(project, name)).toThrow(/is a link/);
    expect(readFileSync(join(there, 'documents/letter'), 'utf8')).toBe('dear');
  });

  it('take the place of a link, and do not write through it', () => {
    const victim = join(temporary(), 'bashrc');
    writeFileSync(victim, 'mine\n');
    const root = temporary();
    const directory = makeDirectory(root, 'try');
    symlinkSync(victim, join(directory, 'target.yaml'));
    const state: SandboxState = {
      version: 1,
      name: 'try',
      root,
      directory,
      hosts: [],
      seed: 'after',
      app: {},
    };
    writeState(state);
    expect(readFileSync(victim, 'utf8')).toBe('mine\n');
    expect(readFileSync(join(directory, 'target.yaml'), 'utf8')).toContain('production: false');
  });
});
