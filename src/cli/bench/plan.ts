import { buildLoad, usualRate } from '../../bench/build-load.ts';
import { makeRequest, writes } from '../../bench/scenario-request.ts';
import type { Scenario, ScenarioRequest } from '../../bench/scenario.ts';
import { isProblem, parseThreshold, type Threshold } from '../../bench/threshold-text.ts';
import type { Target } from '../../config/config.ts';
import { UsageError } from '../../errors.ts';
import type { BenchFlags } from './flags.ts';

/** More than this share of failed requests ends a run. */
const stopAtErrors = 0.05;
const usual = { durationMs: 10_000, stepMs: 5_000, warmUpMs: 2_000, timeoutMs: 10_000 };
const rampSteps = 10;

/** What the words of the command line name: a URL, paths, or both. */
export interface BenchWords {
  /** Without one, the target's. */
  url?: string;
  paths: readonly string[];
}

/**
 * @throws UsageError for a word that is neither
 */
export function readWords(words: readonly string[]): BenchWords {
  const [first, ...rest] = words;
  const hasUrl = first !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(first);
  const paths = hasUrl ? rest : words;
  const wrong = paths.find((path) => !path.startsWith('/'));
  if (wrong !== undefined)
    throw new UsageError('WRONG_PATH', `${JSON.stringify(wrong)} is neither a URL nor a path of the site.`, {
      next: [
        wrong.includes('/') || /[.:]|^localhost/.test(wrong)
          ? `A URL begins with its protocol: http://${wrong}`
          : `A path begins with /: /${wrong}`,
      ],
    });
  if (!hasUrl) return { paths };
  const parsed = URL.canParse(first) ? new URL(first) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '')
    throw new UsageError('WRONG_URL', `${JSON.stringify(first)} is no URL that can be asked.`, {
      next: ['Write it as https://shop.example.com/path; a login belongs into --header "Authorization: …".'],
    });
  // The path of the URL is asked too, unless it is only where the others start.
  const own = `${parsed.pathname}${parsed.search}`;
  return { url: parsed.origin, paths: own === '/' && paths.length > 0 ? paths : [own, ...paths] };
}

export interface BenchPlan {
  scenario: Scenario;
  thresholds: readonly Threshold[];
}

/**
 * What flags and, on a target, its configuration ask for.
 *
 * @throws UsageError
 */
export function planBench(
  url: string,
  paths: readonly string[],
  flags: BenchFlags,
  target?: Pick<Target, 'bench' | 'checks' | 'health'>,
): BenchPlan {
  const requests = plannedRequests(paths, flags, target);
  const changing = requests.filter(writes);
  if (changing.length > 0 && flags['allow-writes'] !== true)
    throw new UsageError(
      'NEEDS_ALLOW_WRITES',
      `${changing.map(({ name }) => name).join(', ')} may change something on the site.`,
      {
        next: ['Add --allow-writes if that is meant.'],
      },
    );
  const names = requests.map(({ name }) => name);
  const texts = flags.threshold ?? target?.bench.thresholds ?? [];
  const timeoutMs = flags.timeout ?? target?.bench.timeoutMs ?? usual.timeoutMs;
  return {
    scenario: {
      url,
      requests,
      load: buildLoad(loadGiven(flags, target), timeoutMs),
      warmUpMs: flags['warm-up'] ?? target?.bench.warmUpMs ?? usual.warmUpMs,
      timeoutMs,
      ...(flags['no-stop'] === true ? {} : { stopAtErrors }),
    },
    thresholds: texts.map((text) => {
      const parsed = parseThreshold(text, names);
      if (isProblem(parsed)) throw new UsageError('WRONG_THRESHOLD', parsed.problem, { next: [parsed.next] });
      return parsed;
    }),
  };
}

function loadGiven(flags: BenchFlags, target?: Pick<Target, 'bench'>): Parameters<typeof buildLoad>[0] {
  const { bench } = target ?? {};
  const ramp = flags.ramp === undefined ? undefined : readRamp(flags.ramp);
  // A flag for the one way of asking switches off what the configuration says of the other.
  const connections = flags.connections ?? (flags.rate === undefined ? bench?.connections : undefined);
  const rate = flags.rate ?? bench?.rate ?? usualRate;
  const durationMs = ramp
    ? (flags.duration ?? usual.stepMs)
    : (flags.duration ?? bench?.durationMs ?? usual.durationMs);
  return {
    rate,
    durationMs,
    ...(connections === undefined ? {} : { connections }),
    ...(flags.think === undefined ? {} : { thinkMs: flags.think }),
    ...(ramp ? { ramp } : {}),
    ...(flags.requests === undefined ? {} : { requests: flags.requests }),
  };
}

function readRamp(text: string): { from: number; to: number; step: number } {
  const parts = /^(\d{1,6}):(\d{1,6})(?::(\d{1,6}))?$/.exec(text.trim());
  const [from, to] = [Number(parts?.[1]), Number(parts?.[2])];
  const step = parts?.[3] === undefined ? Math.max(1, Math.round((to - from) / rampSteps)) : Number(parts[3]);
  if (!parts || from < 1 || to < from || step < 1 || to > 100_000)
    throw new UsageError('WRONG_RAMP', `--ramp is ${JSON.stringify(text)}, which is no range of rates.`, {
      next: ['Write it as FROM:TO or FROM:TO:STEP, in requests a second: 10:500:20.'],
    });
  return { from, to, step };
}

function plannedRequests(
  paths: readonly string[],
  flags: BenchFlags,
  target?: Pick<Target, 'bench' | 'checks' | 'health'>,
): ScenarioRequest[] {
  const headers = readHeaders(flags.header ?? []);
  const { method, body } = flags;
  if (
    paths.length === 0 &&
    target &&
    target.bench.requests.length > 0 &&
    method === undefined &&
    body === undefined
  )
    return target.bench.requests.map((request) => ({
      ...request,
      headers: withHeaders(request.headers, headers),
    }));
  const wanted = paths.length > 0 ? paths : [target?.checks.path ?? target?.health.path ?? '/'];
  return [...new Set(wanted)].map((path) => {
    const made = makeRequest({
      path,
      headers,
      ...(method === undefined ? {} : { method }),
      ...(body === undefined ? {} : { body }),
    });
    if (typeof made !== 'string') return made;
    throw new UsageError('WRONG_REQUEST', `The request cannot be sent: ${made}.`, {
      next: ['See `ops bench --help` for examples.'],
    });
  });
}

/** Names of headers are the same whatever their case. */
function withHeaders(
  own: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const kept = Object.entries(own).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...given };
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1)
      throw new UsageError('WRONG_HEADER', '--header takes a name, a colon and a value.', {
        next: ['Write it as --header "Accept: text/html".'],
      });
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return headers;
}
