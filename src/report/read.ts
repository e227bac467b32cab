import type { z } from 'zod';
import { resultSchema } from '../bench/result-schema.ts';
import type { BenchResult } from '../bench/result.ts';
import { UsageError } from '../errors.ts';
import { benchRun, type Part } from './join.ts';
import type { ChecksPart } from './model.ts';
import { auditSchema, checksSchema, reportSchema } from './schema.ts';

/** Kinds of files that can be put into a report, for help and errors. */
const readable =
  'the `--json` output of bench, check or audit, a saved run (.ops/bench/NAME.json), a report (--report FILE.json)';

/**
 * What a saved file holds, by its shape; a report may hold several parts.
 *
 * @param label of a load test: the name of its file, for instance
 * @throws UsageError when it is none of the shapes that are known
 */
export function readParts(text: string, path: string, label: string): Part[] {
  const data = parseJson(text, path);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw unknownFile(path, []);
  if ('kind' in data && data.kind === 'report') return reportParts(data, path);
  if ('error' in data && 'ok' in data && data.ok === false && !('hosts' in data) && !('total' in data))
    throw unknownFile(path, ['It tells of a failure, not of a result.']);
  if ('findings' in data && 'rules' in data)
    return [{ kind: 'audit', audit: checked(auditSchema, data, path, 'an audit') }];
  if ('hosts' in data && 'counts' in data) return [{ kind: 'checks', checks: readChecks(data, path) }];
  const results = benchResults(data, path);
  if (results === undefined) throw unknownFile(path, []);
  return [{ kind: 'bench', bench: { runs: [benchRun(label, results)] } }];
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError('REPORT_INPUT', `${path} is no JSON.`, {
      cause: error,
      place: { file: path, output: [(error as Error).message] },
      next: [`A report is made of ${readable}.`],
    });
  }
}

function reportParts(data: object, path: string): Part[] {
  const { bench, rollouts = [], checks = [], audits = [] } = checked(reportSchema, data, path, 'a report');
  return [
    ...(bench ? [{ kind: 'bench' as const, bench }] : []),
    ...rollouts.map((timeline) => ({ kind: 'rollout' as const, timeline })),
    ...checks.map((part) => ({ kind: 'checks' as const, checks: part })),
    ...audits.map((audit) => ({ kind: 'audit' as const, audit })),
  ];
}

function readChecks(data: object, path: string): ChecksPart {
  const { target, at, hosts } = checked(checksSchema, data, path, 'checks');
  return {
    target,
    at,
    hosts: hosts.map((host) =>
      'checks' in host
        ? { host: host.host, checks: host.checks }
        : { host: host.host, error: host.error.message },
    ),
  };
}

/** A result by itself, or repetitions under `runs`; undefined: neither. */
function benchResults(data: object, path: string): [BenchResult, ...BenchResult[]] | undefined {
  const inner = 'result' in data ? data.result : data;
  const all = 'runs' in data && Array.isArray(data.runs) ? (data.runs as unknown[]) : [inner];
  const looksRight = all.every(
    (one) => typeof one === 'object' && one !== null && 'total' in one && 'scenario' in one,
  );
  if (!looksRight) return undefined;
  const [first, ...others] = all.map((one) => checked(resultSchema, one, path, 'a load test'));
  return first && [first, ...others];
}

function checked<Value>(schema: z.ZodType<Value>, data: unknown, path: string, what: string): Value {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}`);
  throw new UsageError('REPORT_INPUT', `${path} looks like ${what}, and is not a whole one.`, {
    place: { file: path, output: wrong },
    next: ['Make the file anew with this version of ops.'],
  });
}

function unknownFile(path: string, more: readonly string[]): UsageError {
  return new UsageError('REPORT_INPUT', `${path} is nothing that a report can be made of.`, {
    place: { file: path, output: more },
    next: [`A report is made of ${readable}.`],
  });
}
