import type { Figures, GeneratorFigures, RampStep } from './result.ts';
import type { Scenario } from './scenario.ts';

/** The generator may be late by so much (milliseconds, or a share of the median latency) in 1 % of its requests. */
const mostLagMs = 5;
const mostLagShare = 0.1;
/** Share of requests that may be left out because too many were under way. */
const mostDropped = 0.001;

export interface Judged {
  total: Figures;
  generator: GeneratorFigures;
  steps?: readonly RampStep[];
}

/** Why figures are not to be trusted, one sentence each. */
export function invalidReasons({ load }: Scenario, { total, generator }: Judged): string[] {
  const reasons: string[] = [];
  const { lagP99, dropped } = generator;
  const lagLimit = Math.max(mostLagMs, total.latency.p50 * mostLagShare);
  if (lagP99 > lagLimit)
    reasons.push(
      `This machine was late: 1 % of the requests were sent ${ms(lagP99)} or more after their time (at most ${ms(lagLimit)} may be). Ask for less, or use a machine with more free CPU.`,
    );
  const wanted = total.sent + dropped;
  // A ramp goes on until the site cannot keep up; its steps tell.
  if (load.kind === 'open' && wanted > 0 && dropped / wanted > mostDropped)
    reasons.push(
      `${percent(dropped / wanted)} of the requests (${count(dropped)}) were not sent because ${count(load.most)} were under way already: the site does not keep up with ${count(load.rate)} requests/s.`,
    );
  if (total.ok === 0) reasons.push('Not one request was answered without an error.');
  return reasons;
}

/** What a reader should know, one sentence each. */
export function notesOn({ load, timeoutMs }: Scenario, { total, generator, steps }: Judged): string[] {
  const notes: string[] = [];
  if (total.limited > 0)
    notes.push(
      `A rate limit of the site refused ${percent(share(total.limited, total.sent))} of the requests (${count(total.limited)} × 429). They count neither as errors nor in the latencies; what was measured is the site behind its limit. Ask for less, or let this address through.`,
    );
  const late = total.errors['timed out'] ?? 0;
  if (late > 0)
    notes.push(
      `${count(late)} requests had no answer within ${ms(timeoutMs)}; they are errors and in no percentile.`,
    );
  if ((total.errors['certificate'] ?? 0) > 0)
    notes.push(
      'The certificate of the site is not trusted. Name its authority with --ca FILE, if it is one of your own.',
    );
  if ((generator.resent ?? 0) > 0)
    notes.push(
      `${count(generator.resent ?? 0)} requests met a kept connection that the site had just closed, and were sent again, as browsers do.`,
    );
  if (generator.cpu > 0.9)
    notes.push('The generator used a whole core of this machine; the site may be able to do more.');
  if (load.kind === 'ramp' && steps) notes.push(rampNote(steps));
  return notes;
}

function rampNote(steps: readonly RampStep[]): string {
  const held = steps.findLast((step) => step.held);
  const failed = steps.find((step) => !step.held);
  if (!failed) return `The site kept up with every step, up to ${count(held?.rate ?? 0)} requests/s.`;
  const seen = `at ${count(failed.rate)} it answered ${count(failed.reached)} a second, p95 ${ms(failed.p95)}, ${percent(failed.errorShare)} errors`;
  return held
    ? `The site kept up with ${count(held.rate)} requests/s; ${seen}.`
    : `The site did not keep up with the first step: ${seen}.`;
}

function share(part: number, of: number): number {
  return of === 0 ? 0 : part / of;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

function ms(value: number): string {
  return `${count(value)} ms`;
}
