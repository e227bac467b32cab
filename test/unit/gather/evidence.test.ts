import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { parseEvidence, saveEvidence, trackedFiles, type Evidence } from '../../../src/gather/evidence.ts';
import { liveStack } from '../../../src/gather/live-stack.ts';
import { filesOf } from '../../../src/source/files.ts';
import type { LiveStack } from '../../../src/stack/live.ts';
import { canaryFiles } from '../redact/canaries.ts';
import { liveFacts } from './live-facts.ts';

const password = 'CANARY-s3cr3t!known';

/** Secrets in every part, as somebody would hand them over who has redacted nothing. */
function leaky(): LiveStack {
  const { live } = liveStack('web', liveFacts());
  const service = live.services['backend'];
  if (service === undefined) throw new Error('no service');
  return {
    ...live,
    services: {
      ...live.services,
      backend: {
        ...service,
        processes: [
          { pid: 1, parent: 0, args: ['app', '--password', 'CANARYa', '--url=redis://:CANARYb@r', password] },
        ],
        nginx: {
          dump: `proxy_set_header Authorization "Basic CANARYc1";\n# ${password}\n`,
          invalid: `invalid value token=CANARYd ${password}`,
        },
        log: { 'out-of-memory': { count: 1, last: `from 203.0.113.5 secret=CANARYe ${password}` } },
      },
    },
    unknown: [{ what: 'PostgreSQL', why: `password: CANARYf ${password}` }],
  };
}

const files = filesOf(
  new Map([
    ...Object.entries(canaryFiles),
    ['secrets.env', `OTHER_PASSWORD=${password}\n`],
    ['app/comment.py', `# it is ${password}\n`],
  ]),
  new Map([['large.yml', 'is larger than 512 KB']]),
);
const evidence: Evidence = {
  at: '2026-11-23T22:38:53.000Z',
  tool: '0.1.0',
  files,
  compose: { paths: ['docker-compose.yml'], profiles: ['web'] },
  live: leaky(),
  machine: { cpus: 2, memoryBytes: 4e9, swapBytes: 0, diskFreeBytes: 1e10, source: 'live' },
};
const saved = saveEvidence(evidence);

describe('saved evidence', () => {
  it('has no secret of any kind of place, and no address of a client', () => {
    expect(saved.split('\n').filter((line) => line.includes('CANARY'))).toEqual([]);
    expect(saved).not.toContain('203.0.113');
  });

  it('has everything else when it is read again', () => {
    const read = parseEvidence(saved);
    expect(read.at).toBe(evidence.at);
    expect(read.tool).toBe('0.1.0');
    expect(read.compose).toEqual(evidence.compose);
    expect(read.machine).toEqual(evidence.machine);
    expect(read.files.paths).toEqual(files.paths);
    expect(Object.fromEntries(read.files.unreadable)).toEqual({ 'large.yml': 'is larger than 512 KB' });
    expect(read.live?.services['db']).toEqual(evidence.live?.services['db']);
    expect(read.live?.services['backend']?.processes?.[0]?.args).toEqual([
      'app',
      '--password',
      'redacted',
      '--url=redis://:redacted@r',
      'redacted',
    ]);
  });

  it('is the same when it is saved again', () => {
    expect(JSON.parse(saveEvidence(parseEvidence(saved)))).toEqual(JSON.parse(saved));
  });

  it('holds only the files that were used, and finds secrets of the others in them', () => {
    const tracked = trackedFiles(files);
    tracked.files.read('app/comment.py');
    tracked.files.read('missing.yml');
    const read = parseEvidence(saveEvidence({ ...evidence, files: tracked.files }, tracked.used()));
    expect(read.files.paths).toEqual(['app/comment.py']);
    expect(read.files.read('app/comment.py')).toBe('# it is redacted\n');
  });

  it('works without a server', () => {
    const { at, tool, compose } = evidence;
    expect(parseEvidence(saveEvidence({ at, tool, files, compose }))).not.toHaveProperty('live');
  });
});

describe('what is no evidence', () => {
  const code = (text: string): { code: string; message: string } => {
    try {
      parseEvidence(text, 'old.json');
    } catch (error) {
      if (error instanceof UsageError) return error;
    }
    throw new Error('it was read');
  };
  const changed = (change: Record<string, unknown>): string =>
    JSON.stringify({ ...(JSON.parse(saved) as object), ...change });

  it.each([
    ['', 'it is not JSON'],
    ['[]', 'it is not evidence'],
    ['{"version":1}', 'it is not evidence'],
    ['{"kind":"ops-audit-evidence","version":1}', 'at: '],
    [changed({ files: { a: 1 } }), 'files.a: '],
    [changed({ machine: { cpus: 0 } }), 'machine.cpus: '],
    [changed({ more: 1 }), 'Unrecognized key'],
  ])('%#', (text, message) => {
    expect(code(text)).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    [2, 'newer'],
    [0, 'again'],
  ])('version %s', (version, next) => {
    expect(code(changed({ version }))).toMatchObject({
      code: 'EVIDENCE_VERSION',
      message: expect.stringContaining(`has version ${version}`) as string,
      next: [expect.stringContaining(next) as string],
    });
  });
});
