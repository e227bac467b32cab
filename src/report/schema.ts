import { z } from 'zod';
import { resultSchema } from '../bench/result-schema.ts';
import type { AuditReport } from '../audit/report.ts';
import type { CheckResult } from '../check/run.ts';
import type { ChecksPart, Report } from './model.ts';
import type { Timeline } from './timeline.ts';

/* The shapes of saved results. Files may be edited, or of another version: what is not as it should be is refused. */

const text = z.string();
const optional = text.exactOptional();

const probe = z.looseObject({
  requests: z.number(),
  failed: z.number(),
  longestGapMs: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  maxMs: z.number(),
  servedBefore: z.boolean(),
});

const timeline: z.ZodType<Timeline> = z.looseObject({
  kind: z.enum(['deploy', 'rollback']),
  target: text,
  startedAt: text,
  durationMs: z.number(),
  outcome: text,
  release: z.looseObject({ id: text, commit: text, subject: text }),
  hosts: z.array(
    z.looseObject({
      host: text,
      outcome: text,
      durationMs: z.number(),
      probe: probe.exactOptional(),
      error: optional,
    }),
  ),
  steps: z.array(
    z.looseObject({
      host: text,
      stage: text,
      id: text,
      title: text,
      startMs: z.number(),
      endMs: z.number(),
      ok: z.boolean(),
    }),
  ),
  moves: z.array(z.looseObject({ host: text, atMs: z.number(), title: text })),
  probe: z.array(
    z.looseObject({ host: text, atMs: z.number(), durationMs: z.number(), ok: z.boolean(), error: optional }),
  ),
});

const result = z.looseObject({
  id: text,
  title: text,
  status: z.enum(['pass', 'warn', 'fail', 'unknown', 'notApplicable']),
  value: z.number().exactOptional(),
  unit: z.enum(['ms', '%', 'days', 'workers', 'restarts', 'differences']).exactOptional(),
  expected: text,
  message: text,
  detail: z.array(text).exactOptional(),
}) as unknown as z.ZodType<CheckResult>;

/** The data of `ops check --json`. */
export interface CheckData {
  target: string;
  at: string;
  hosts: readonly (
    | { host: string; checks: readonly CheckResult[] }
    | { host: string; error: { message: string } }
  )[];
}

export const checksSchema: z.ZodType<CheckData> = z.looseObject({
  target: text,
  at: text,
  hosts: z.array(
    z.union([
      z.looseObject({ host: text, checks: z.array(result) }),
      z.looseObject({ host: text, error: z.looseObject({ message: text }) }),
    ]),
  ),
});

const checks: z.ZodType<ChecksPart> = z.looseObject({
  target: text,
  at: text,
  hosts: z.array(
    z.union([
      z.looseObject({ host: text, checks: z.array(result) }),
      z.looseObject({ host: text, error: text }),
    ]),
  ),
});

const status = ['fail', 'opportunity', 'pass', 'notApplicable', 'unknown'] as const;
const severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
const place = { path: text, line: z.number(), column: z.number() };
const counts = (names: readonly string[]) =>
  z.looseObject(Object.fromEntries(names.map((name) => [name, z.number()])));

/** `ops audit --json`. */
export const auditSchema = z.looseObject({
  version: z.literal(1),
  tool: z.looseObject({ name: text, version: text }),
  at: text,
  subject: z.looseObject({ name: text, kind: z.enum(['directory', 'target', 'evidence']), host: optional }),
  stack: z.looseObject({
    services: z.array(
      z.looseObject({
        name: text,
        role: text,
        replicas: z.number(),
        server: optional,
        workers: z.number().exactOptional(),
        version: optional,
      }),
    ),
    machine: z.looseObject({ cpus: z.number(), memoryBytes: z.number() }).exactOptional(),
    files: z.number(),
  }),
  rules: z.array(
    z.looseObject({ id: text, severity, cause: z.number().exactOptional(), why: text, docUrl: text }),
  ),
  findings: z.array(
    z.looseObject({
      rule: text,
      status: z.enum(status),
      severity,
      subject: text,
      confidence: z.enum(['static', 'live', 'measured']),
      title: text,
      message: text,
      current: optional,
      expected: optional,
      evidence: z.array(
        z.looseObject({ text, source: optional, location: z.looseObject(place).exactOptional() }),
      ),
      location: z
        .looseObject({
          ...place,
          excerpt: z.array(
            z.looseObject({
              line: z.number(),
              text,
              mark: z.looseObject({ start: z.number(), length: z.number() }).exactOptional(),
            }),
          ),
        })
        .exactOptional(),
      fix: z
        .looseObject({
          title: text,
          requires: z.enum(['reload', 'restart', 'recreate', 'rebuild']),
          risk: optional,
          diff: optional,
          manual: optional,
        })
        .exactOptional(),
      fingerprint: text,
      suppressedBy: z.looseObject({ reason: text }).exactOptional(),
      knownInBaseline: z.boolean().exactOptional(),
    }),
  ),
  problems: z.array(z.looseObject({ path: text, line: z.number().exactOptional(), message: text })),
  counts: z.looseObject({
    status: counts(status),
    severity: counts(severity.options),
    suppressed: z.number(),
    known: z.number(),
  }),
  baseline: z.looseObject({ known: z.number(), gone: z.number() }).exactOptional(),
}) as unknown as z.ZodType<AuditReport>;

/** What `--report FILE.json` has written. */
export const reportSchema: z.ZodType<Report> = z.looseObject({
  version: z.literal(1),
  kind: z.literal('report'),
  title: optional,
  at: text,
  tool: z.looseObject({ name: text, version: text }),
  bench: z
    .looseObject({
      runs: z
        .array(
          z.looseObject({
            label: text,
            result: resultSchema,
            repetitions: z.array(resultSchema).exactOptional(),
          }),
        )
        .min(1),
      comparison: z
        .looseObject({
          before: text,
          after: text,
          rows: z.array(
            z.looseObject({
              metric: text,
              unit: z.enum(['ms', '/s', 'share', 'CPUs', 'count']),
              before: z.number(),
              after: z.number(),
              interval: z.tuple([z.number(), z.number()]).exactOptional(),
              verdict: z.enum(['better', 'worse', 'same', 'unrated']),
            }),
          ),
          notes: z.array(text),
        })
        .exactOptional(),
    })
    .exactOptional(),
  rollouts: z.array(timeline).exactOptional(),
  checks: z.array(checks).exactOptional(),
  audits: z.array(auditSchema).exactOptional(),
});
