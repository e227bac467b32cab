import { describe, expect, it } from 'vitest';
import { RemoteCommandError } from '../../../src/errors.ts';
import { accessLog } from '../../../src/facts/access-log.ts';
import { gather, gatherScript, splitSections, type FactTable } from '../../../src/facts/gather.ts';
import { hostFacts } from '../../../src/facts/index.ts';
import { postgres } from '../../../src/facts/postgres.ts';
import { processes } from '../../../src/facts/processes.ts';
import { cpu } from '../../../src/facts/cpu.ts';
import { memory } from '../../../src/facts/memory.ts';
import { containerSettings } from '../../../src/facts/container-settings.ts';
import { logLines } from '../../../src/facts/log-lines.ts';
import { nginx } from '../../../src/facts/nginx.ts';
import { postgresSettings } from '../../../src/facts/postgres-settings.ts';
import { processMemory } from '../../../src/facts/process-memory.ts';
import { projectFiles } from '../../../src/facts/project-files.ts';
import { throttling } from '../../../src/facts/throttling.ts';
import { findRules } from '../../../src/gather/wanted.ts';
import type { CommandResult, Host } from '../../../src/host/host.ts';

const scope = {
  appDir: '/srv/my app',
  composeFlags: '-f docker-compose.prod.yml',
  remote: 'origin',
  branch: 'main',
};
const id = 'a'.repeat(64);
const all: FactTable = {
  ...hostFacts,
  accessLog: accessLog(id, 100),
  postgres: postgres([id]),
  processes: processes([id]),
  cpu: cpu([id], 1_000),
  memory: memory([id]),
  containerSettings: containerSettings([id]),
  logs: logLines([id], { patterns: { a: 'out of memory' }, tail: 10, since: '1h' }),
  nginx: nginx([id], 10),
  postgresSettings: postgresSettings([id]),
  processMemory: processMemory([id]),
  files: projectFiles(findRules, { also: ["it's"], maxArchiveBytes: 1_000 }),
  throttling: throttling([id]),
};
const nonce = '@ops-n@';

/** A host on which every script prints the given text between the markers. */
function hostThatPrints(sections: Readonly<Record<string, string>>, code = 0): Host {
  const mark = (name: string, what: string): string => `\n${nonce} ${name} ${what}\n`;
  const stdout = Object.entries(sections)
    .map(([name, text]) => mark(name, 'begin') + text + mark(name, `end ${code}`))
    .join('');
  const result: CommandResult = {
    code: 0,
    signal: null,
    stdout,
    stderr: '',
    truncated: false,
    durationMs: 1,
  };
  return { name: 'web-1', script: async () => await Promise.resolve(result) } as unknown as Host;
}

describe('the script', () => {
  const script = gatherScript(all, scope, nonce);

  it('quotes the directory, runs every fact apart and never fails as a whole', () => {
    expect(script).toContain("cd '/srv/my app'");
    expect(script.match(/^\) <\/dev\/null >&3$/gm)?.length).toBe(Object.keys(all).length);
    expect(script.endsWith('exit 0')).toBe(true);
  });

  it('never writes: no redirection into a file, no removal', () => {
    for (const line of script.split('\n'))
      expect(line).not.toMatch(
        /(^|[;&|(] *)(rm|mv|cp|tee|touch|mkdir|docker (rm|stop|kill|restart|prune))\b/,
      );
  });

  it('has ids that are file names and no two alike', () => {
    const ids = Object.values(all).map((fact) => fact.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of ids) expect(one).toMatch(/^[a-z-]+$/);
  });
});

describe('sections', () => {
  it('keep blank lines, lose only the marker’s own line feed, and take the exit code', () => {
    const stdout = [
      `noise\n\n${nonce} a begin\none\n\ntwo\n\n\n${nonce} a end 3\n`,
      `${nonce} a error first\n${nonce} a error \n${nonce} a error second  \n`,
      `\n${nonce} b begin\n\n${nonce} b end 0\n`,
    ].join('');
    expect([...splitSections(stdout, nonce)]).toEqual([
      ['a', { stdout: 'one\n\ntwo\n', stderr: 'first\n\nsecond  ', code: 3 }],
      ['b', { stdout: '', stderr: '', code: 0 }],
    ]);
  });

  it('a fact that was cut off is missing', () => {
    expect(splitSections(`\n${nonce} a begin\nhalf`, nonce).has('a')).toBe(false);
  });

  it('another nonce is text', () => {
    const found = splitSections(`\n${nonce} a begin\n@ops-x@ a end 0\n\n${nonce} a end 0\n`, nonce);
    expect(found.get('a')?.stdout).toBe('@ops-x@ a end 0');
  });
});

describe('gather', () => {
  it('is one round trip and gives every value', async () => {
    const host = hostThatPrints({ system: 'user deploy\ncpus 2\n', lock: 'free' });
    const values = await gather(host, { system: hostFacts.system, lock: hostFacts.lock }, scope, 'n');
    expect(values).toMatchObject({ system: { user: 'deploy', cpus: 2 }, lock: { state: 'free' } });
  });

  it('says which fact is missing', async () => {
    await expect(gather(hostThatPrints({}), { lock: hostFacts.lock }, scope, 'n')).rejects.toMatchObject({
      code: 'FACTS_FAILED',
      message: expect.stringContaining('"lock" is missing') as string,
    });
  });
});

/** Stands for output that was understood, so that both ends are checked alike. */
const understood = new RemoteCommandError('FACTS_FAILED', 'understood', { place: { host: 'web-1' } });

const hostile = [
  '',
  '\n\n\n',
  'state ok',
  'null',
  '{}',
  '[]',
  '{"id":1}',
  '{"id":',
  '{"name":"x","services":{"a":null}}',
  'null\n@hashes\n',
  '{"services":{"a":{"volumes":[null],"ports":"x"}}}\n@hashes\na b',
  'proxy\nversion\nconfig',
  'held NaN\n{"run":',
  'container\np x y\nenv\nconfigured',
  'server\nsaid',
  'at 1 5\nat 2 4\ncpu 1 x y ns',
  'at 1 1\nat 2 2\nhost 2\ncpu 2 __proto__ 5 ns\ncpu 1 __proto__ 4 ns\nmemory __proto__ x',
  'source\n\u0000\u001B[2J',
  'ok ',
  'plugin',
  '__proto__',
  'constructor constructor\nuser __proto__\n',
  `commit ${'é'.repeat(1_000)}`,
  '\u0000'.repeat(1_000),
  'x '.repeat(100_000),
];

describe.each(Object.entries(all))('%s', (key, fact) => {
  it.each(hostile.map((text) => [text.slice(0, 40), text]))(
    'explains or refuses: %j',
    async (_short, text) => {
      for (const code of [0, 1, Number.NaN]) {
        const host = hostThatPrints({ [fact.id]: text }, code);
        const thrown: unknown = await gather(host, { [key]: fact }, scope, 'n').then(
          () => understood,
          (error: unknown) => error,
        );
        expect(thrown).toBeInstanceOf(RemoteCommandError);
        expect(thrown).toMatchObject({ code: 'FACTS_FAILED', place: { host: 'web-1' } });
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );
});
