import { describe, expect, it } from 'vitest';
import { composeInvalid, preflight } from '../../../src/deploy/preflight.ts';
import type { HostFacts } from '../../../src/facts/index.ts';
import { facts, git, proxy, target } from './stack.ts';

const engine = facts().engine;
const system = facts().system;
const look = (more: Partial<HostFacts> = {}, stash = false) =>
  preflight(facts(more), target(), 'web1', { stash });

it('lets a sound host pass, without remarks', () => {
  expect(look()).toEqual({ git: git(), notes: [] });
});

const { remoteUrl: _, ...noRemote } = git();
const refused: { code: string; facts: Partial<HostFacts>; says?: RegExp }[] = [
  { code: 'NO_DOCKER', facts: { engine: { ...engine, docker: { state: 'missing' } } } },
  {
    code: 'DOCKER_UNREACHABLE',
    facts: { engine: { ...engine, docker: { state: 'unreachable', message: 'permission denied' } } },
    says: /user deploy: permission denied/,
  },
  {
    code: 'COMPOSE_V1',
    facts: { engine: { ...engine, compose: { state: 'v1', version: '1.29.2' } } },
    says: /1\.29\.2/,
  },
  { code: 'NO_COMPOSE', facts: { engine: { ...engine, compose: { state: 'missing' } } } },
  {
    code: 'NO_APP_DIR',
    facts: { git: { state: 'no-directory' } },
    says: /\/srv\/app does not exist on web1/,
  },
  { code: 'NO_REPOSITORY', facts: { git: { state: 'no-repository' } } },
  { code: 'NO_GIT', facts: { git: { state: 'no-git' } } },
  { code: 'NO_COMMIT', facts: { git: { state: 'no-commit' } } },
  { code: 'NOT_OWNER', facts: { git: { state: 'not-owner' } } },
  { code: 'NO_REMOTE', facts: { git: noRemote }, says: /no remote "origin"/ },
  { code: 'GIT_UNFINISHED', facts: { git: git({ unfinished: 'MERGE_HEAD' }) }, says: /MERGE_HEAD/ },
  { code: 'LOCAL_CHANGES', facts: { git: git({ changes: [' M app.py'] }) } },
  {
    code: 'DISK_FULL',
    facts: { system: { ...system, disk: { ...system.disk, appFreeKb: 1023 * 1024 } } },
    says: /1023 MiB/,
  },
  {
    code: 'DISK_FULL',
    facts: { system: { ...system, disk: { ...system.disk, dockerFreeKb: 1 } } },
    says: / 0 MiB/,
  },
];

describe('refuses', () => {
  it.each(refused)('$code', ({ code, facts: more, says = /./ }) => {
    expect(() => look(more)).toThrow(
      expect.objectContaining({
        code,
        reason: 'unchanged',
        message: expect.stringMatching(says),
        next: expect.arrayContaining([expect.any(String)]),
        place: expect.objectContaining({ host: 'web1', step: 'preflight' }),
      }),
    );
  });

  it('but local changes can be stashed', () => {
    expect(look({ git: git({ changes: [' M app.py'] }) }, true).git.changes).toHaveLength(1);
  });

  it('but what an interrupted checkout has left is put away later, which is said', () => {
    const found = look({ git: git({ changes: [' M app.py'], interrupted: true }) });
    expect(found.git.changes).toHaveLength(1);
    expect(found.notes).toEqual([expect.stringMatching(/put away as a stash/)]);
  });
});

describe('advises', () => {
  const advice: Record<string, RegExp[]> = {
    NO_DOCKER: [/Install Docker Engine/],
    DOCKER_UNREACHABLE: [/usermod -aG docker deploy/],
    COMPOSE_V1: [/Compose plugin \(version 2\)/],
    NO_COMPOSE: [/Install the Compose plugin/],
    NO_APP_DIR: [/git clone URL \/srv\/app/],
    NO_REPOSITORY: [/git clone URL \/srv\/app/],
    NO_GIT: [/apt-get install git/],
    NO_COMMIT: [/Push a first commit/],
    NOT_OWNER: [/OPS_USER.*chown -R USER \/srv\/app/],
    NO_REMOTE: [/git remote add origin URL/],
    GIT_UNFINISHED: [/git status/],
    LOCAL_CHANGES: [/Commit them/, /--stash/],
    DISK_FULL: [/docker builder prune/],
  };
  it.each(refused)('after $code', ({ code, facts: more }) => {
    const next = (advice[code] ?? []).map((text) => expect.stringMatching(text) as string);
    expect(() => look(more)).toThrow(expect.objectContaining({ next }));
  });

  it('exactly enough disk is enough', () => {
    const disk = { ...system.disk, appFreeKb: 1024 * 1024 };
    expect(look({ system: { ...system, disk } }).notes).toEqual([]);
  });

  it('a tenth of the memory is enough, and a machine that does not say how much it has is not judged', () => {
    const memory = (totalKb: number, availableKb: number) =>
      look({ system: { ...system, memory: { totalKb, availableKb, swapKb: 0 } } }).notes;
    expect(memory(1000, 100)).toEqual([]);
    expect(memory(0, 0)).toEqual([]);
    expect(memory(0, -1)).toEqual([]);
  });

  it('the last line of nginx’s own words', () => {
    expect(look({ proxy: proxy({ invalid: 'first\nlast' }) }).notes).toEqual([
      'The proxy’s present configuration is not valid: last',
    ]);
  });

  it('the last lines of Compose, and where to try it', () => {
    const lines = Array.from({ length: 12 }, (_line, index) => `line ${index}`);
    expect(() => composeInvalid('web1', lines.join('\n'))).toThrow(
      expect.objectContaining({
        message: 'Compose refuses the files of the wanted commit on web1.',
        place: { host: 'web1', step: 'preflight', output: lines.slice(2) },
        next: [expect.stringContaining('docker compose -f FILE config') as string],
      }),
    );
  });
});

it.each<{ title: string; facts: Partial<HostFacts>; note: RegExp }>([
  {
    title: 'a stale mount',
    facts: { proxy: proxy({ staleMounts: ['/srv/app/nginx.conf'] }) },
    note: /nginx still sees an older \/srv\/app\/nginx\.conf/,
  },
  {
    title: 'an invalid configuration',
    facts: { proxy: proxy({ invalid: 'a\nnginx: test failed' }) },
    note: /nginx: test failed$/,
  },
  {
    title: 'little memory',
    facts: { system: { ...system, memory: { totalKb: 1_000_000, availableKb: 99_000, swapKb: 0 } } },
    note: /Only 96 MiB/,
  },
  {
    title: 'an odd ledger',
    facts: { ledger: { releases: [], unreadable: 2 } },
    note: /2 lines of the ledger/,
  },
  {
    title: 'an entry of the ledger that is not as ops writes it',
    facts: { ledger: { releases: [], unreadable: 1, distrusted: 1 } },
    note: /^1 line of the ledger could not be read, 1 of them whole, but not .* not trusted/,
  },
])('remarks on $title', ({ facts: more, note }) => {
  expect(look(more).notes).toEqual([expect.stringMatching(note)]);
});

it('one unreadable line is the one that was cut at the top', () => {
  expect(look({ ledger: { releases: [], unreadable: 1 } }).notes).toEqual([]);
});

it('gives Compose’s own words', () => {
  expect(() => composeInvalid('web1', 'one\ntwo')).toThrow(
    expect.objectContaining({
      code: 'COMPOSE_INVALID',
      reason: 'usage',
      place: expect.objectContaining({ output: ['one', 'two'] }),
    }),
  );
});
