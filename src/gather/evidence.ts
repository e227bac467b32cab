import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { redactFiles, redactLine, redactNginx, redactWords, withoutSecrets } from '../redact/redact.ts';
import { filesOf, type Files } from '../source/files.ts';
import { logKinds, type LiveMachine, type LiveService, type LiveStack } from '../stack/live.ts';
import { plainLine } from './plain-line.ts';

/** What an audit looked at, as a file: to audit again without the server or the project, and to report a bug. */
export interface Evidence {
  /** ISO 8601, UTC: when it was gathered. */
  at: string;
  /** Version of ops. */
  tool: string;
  files: Files;
  /** How the Compose files were read; the operator's environment is not kept. */
  compose: { paths: readonly string[]; profiles?: readonly string[] };
  live?: LiveStack;
  machine?: LiveMachine;
}

const version = 1;

const name = z.string().max(1_000);
const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const share = z.number().min(0).max(1);

const container = z.strictObject({
  name,
  running: z.boolean(),
  health: z.enum(['none', 'starting', 'healthy', 'unhealthy']),
  restarts: count,
  oomKilled: z.boolean(),
  oomKills: count.optional(),
  memoryLimitBytes: amount,
  cpuLimit: amount,
  cpuSet: count.optional(),
  pidsLimit: amount.optional(),
  memoryBytes: amount.optional(),
  throttledShare: share.optional(),
  restartPolicy: name,
  logDriver: name.optional(),
  logMaxSize: name.optional(),
  logMaxFile: name.optional(),
  nofile: amount.optional(),
  image: name.optional(),
});

const service = z.strictObject({
  containers: z.array(container),
  processes: z
    .array(
      z.strictObject({
        pid: count,
        parent: count,
        args: z.array(z.string()),
        memoryBytes: amount.optional(),
      }),
    )
    .optional(),
  postgres: z
    .strictObject({
      majorVersion: count,
      settings: z.record(
        name,
        z.strictObject({
          value: z.string(),
          unit: name.optional(),
          source: name,
          pendingRestart: z.boolean(),
        }),
      ),
      connections: count,
      maxConnections: count,
      reserved: count,
      cacheHitRatio: share.optional(),
      tempFiles: amount.optional(),
      tempBytes: amount.optional(),
      idleInTransaction: count.optional(),
    })
    .optional(),
  nginx: z
    .strictObject({ version: name.optional(), dump: z.string().optional(), invalid: z.string().optional() })
    .optional(),
  access: z
    .strictObject({
      requests: count,
      topClientShare: share.optional(),
      topClientPrivate: z.boolean().optional(),
      topClientAgents: count.optional(),
      status5xx: count,
      limited: count,
      cacheHitRatio: share.optional(),
      p50Seconds: amount.optional(),
      p95Seconds: amount.optional(),
    })
    .optional(),
  log: z.partialRecord(z.enum(logKinds), z.strictObject({ count, last: z.string() })).optional(),
});

const schema = z.strictObject({
  kind: z.literal('ops-audit-evidence'),
  version: z.literal(version),
  at: z.iso.datetime(),
  tool: name,
  files: z.record(z.string(), z.string()),
  unreadable: z.record(z.string(), z.string()),
  compose: z.strictObject({ paths: z.array(z.string()), profiles: z.array(z.string()).optional() }),
  live: z
    .strictObject({
      host: name,
      at: z.iso.datetime(),
      services: z.record(name, service),
      unknown: z
        .array(z.strictObject({ what: z.string(), why: z.string(), service: name.optional() }))
        .optional(),
    })
    .optional(),
  machine: z
    .strictObject({
      cpus: z.number().positive(),
      memoryBytes: z.number().positive(),
      swapBytes: amount.optional(),
      diskFreeBytes: amount.optional(),
      source: z.enum(['given', 'live']),
    })
    .optional(),
});

/**
 * Evidence as a JSON text. Secrets are taken out here, whether or not they were before: of files by `redactFiles`,
 * and what was found there is looked for in every other text too.
 *
 * @param used paths that the audit has read; the others are left out. Undefined: all.
 */
export function saveEvidence(
  { at, tool, files, compose, live, machine }: Evidence,
  used?: Iterable<string>,
): string {
  const paths = used === undefined ? files.paths : [...new Set(used)].sort();
  // Of all files: a secret may be named in one and used in another.
  const redacted = redactFiles(files);
  const texts = paths.flatMap((path): [string, string][] => {
    const text = redacted.files.read(path);
    return text === undefined ? [] : [[path, text]];
  });
  return `${JSON.stringify(
    {
      kind: 'ops-audit-evidence',
      version,
      at,
      tool,
      files: Object.fromEntries(texts),
      unreadable: Object.fromEntries([...files.unreadable].sort(([one], [other]) => (one < other ? -1 : 1))),
      compose,
      ...(live === undefined ? {} : { live: cleanLive(live, redacted.secrets) }),
      ...(machine === undefined ? {} : { machine }),
    },
    undefined,
    1,
  )}\n`;
}

/** The texts of the live part that a secret could be in; names and figures stay. */
function cleanLive(live: LiveStack, secrets: ReadonlySet<string>): LiveStack {
  const clean = (text: string): string => withoutSecrets(redactLine(text), secrets);
  const cleanService = ({ processes, nginx, log, ...rest }: LiveService): LiveService => ({
    ...rest,
    ...(processes && {
      processes: processes.map((one) => ({
        ...one,
        args: redactWords(one.args).map((word) => withoutSecrets(word, secrets)),
      })),
    }),
    ...(nginx && {
      nginx: {
        ...nginx,
        ...(nginx.dump !== undefined && { dump: withoutSecrets(redactNginx(nginx.dump), secrets) }),
        ...(nginx.invalid !== undefined && { invalid: clean(nginx.invalid) }),
      },
    }),
    ...(log && {
      log: Object.fromEntries(
        Object.entries(log).map(([kind, { count: lines, last }]) => [
          kind,
          { count: lines, last: withoutSecrets(plainLine(last), secrets) },
        ]),
      ),
    }),
  });
  return {
    ...live,
    services: Object.fromEntries(Object.entries(live.services).map(([key, one]) => [key, cleanService(one)])),
    ...(live.unknown && { unknown: live.unknown.map((one) => ({ ...one, why: clean(one.why) })) }),
  };
}

/**
 * Reads what `saveEvidence` wrote.
 *
 * @param from its file's name, for messages
 * @throws UsageError `EVIDENCE_INVALID`, `EVIDENCE_VERSION`
 */
export function parseEvidence(text: string, from = 'the evidence file'): Evidence {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(from, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const head = z.object({ kind: z.literal('ops-audit-evidence'), version: z.number() }).safeParse(value);
  if (!head.success) throw invalid(from, 'it is not evidence that `ops audit --save` wrote');
  if (head.data.version !== version)
    throw new UsageError(
      'EVIDENCE_VERSION',
      `${from} has version ${head.data.version} of the format; this ops reads version ${version}.`,
      {
        place: { file: from },
        next: [
          head.data.version > version
            ? 'Use the version of ops that wrote it, or a newer one.'
            : 'Save it again with `ops audit --save`.',
        ],
      },
    );
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(from, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { at, tool, files, unreadable, compose, live, machine } = parsed.data;
  return {
    at,
    tool,
    files: filesOf(new Map(Object.entries(files)), new Map(Object.entries(unreadable))),
    compose: {
      paths: compose.paths,
      ...(compose.profiles === undefined ? {} : { profiles: compose.profiles }),
    },
    ...(live === undefined ? {} : { live: live as LiveStack }),
    ...(machine === undefined ? {} : { machine: machine as LiveMachine }),
  };
}

function invalid(from: string, why: string): UsageError {
  return new UsageError('EVIDENCE_INVALID', `${from} cannot be read: ${why}.`, {
    place: { file: from },
    next: ['Save it again with `ops audit --save FILE`.'],
  });
}

/** The same files, and which of them have been read so far: what belongs into evidence. */
export function trackedFiles(files: Files): { files: Files; used: () => ReadonlySet<string> } {
  const used = new Set<string>();
  return {
    files: {
      ...files,
      read: (path) => {
        const text = files.read(path);
        if (text !== undefined) used.add(path);
        return text;
      },
    },
    used: () => new Set(used),
  };
}
