import type { Progress, ProgressEvent } from '../plan/progress.ts';
import type { ProbeSample } from '../probe/summary.ts';
import type { Timeline, TimelineSample, TimelineStep } from '../report/timeline.ts';
import { movesTraffic } from './milestones.ts';
import type { RolloutResult } from './rollout.ts';

/** What is known of a rollout besides how it went. */
export interface RecordedRollout {
  kind: Timeline['kind'];
  target: string;
  result: RolloutResult;
}

/** Listens to a rollout and writes down what happened when. */
export interface TimelineRecorder {
  /** Takes every event, as views do. */
  progress: (event: ProgressEvent) => void;
  /** Takes every request of the probe, its time by the same clock. */
  sample: (host: string, sample: ProbeSample) => void;
  finish(rollout: RecordedRollout): Timeline;
}

/**
 * @param now milliseconds of the clock that the probe uses too, which never jumps
 * @param clock milliseconds since 1970
 */
export function recordTimeline({ now, clock }: { now: () => number; clock: () => number }): TimelineRecorder {
  const began = now();
  const startedAt = new Date(clock()).toISOString();
  const steps: TimelineStep[] = [];
  const moves: { host: string; atMs: number; title: string }[] = [];
  const probe: TimelineSample[] = [];
  /** By host: its steps are one after another. */
  const running = new Map<string, TimelineStep>();
  /** Hosts whose proxy sends to the new containers only: the old ones that go have no traffic that could move. */
  const switched = new Set<string>();
  const rounded = (ms: number): number => Math.round(ms * 10) / 10;
  const since = (): number => rounded(now() - began);
  const end = (host: string, ok: boolean): void => {
    const step = running.get(host);
    if (step === undefined) return;
    running.delete(host);
    const done = { ...step, endMs: since(), ok };
    steps.push(done);
    if (step.id === 'switch') switched.add(host);
    if (step.id === 'retire' && switched.has(host)) return;
    // One that failed may have moved some of it.
    if (movesTraffic(step.id)) moves.push({ host, atMs: done.endMs, title: step.title });
  };
  return {
    progress(event) {
      if (event.type === 'stepStarted') {
        const { host, stage, id, title } = event;
        running.set(host, { host, stage, id, title, startMs: since(), endMs: since(), ok: false });
      } else if (event.type === 'stepDone') end(event.host, true);
      else if (event.type === 'stepFailed') end(event.host, false);
    },
    sample(host, { at, durationMs, ok, error }) {
      probe.push({
        host,
        atMs: rounded(at - began),
        durationMs: rounded(durationMs),
        ok,
        ...(error === undefined ? {} : { error }),
      });
    },
    finish: ({ kind, target, result }) => ({
      kind,
      target,
      startedAt,
      durationMs: Math.round(since()),
      outcome: result.reason,
      release: { id: result.id, commit: result.commit, subject: result.subject },
      hosts: result.hosts.map(({ host, outcome, durationMs, probe: summary, error }) => ({
        host,
        outcome,
        durationMs,
        ...(summary ? { probe: summary } : {}),
        ...(error ? { error: error.message } : {}),
      })),
      steps: steps.toSorted((one, other) => one.startMs - other.startMs),
      moves: moves.toSorted((one, other) => one.atMs - other.atMs),
      probe: probe.toSorted((one, other) => one.atMs - other.atMs),
    }),
  };
}

/** Passes every event on and records it; what the other returns is kept, for it may hold output back. */
export function alsoTo(recorder: Pick<TimelineRecorder, 'progress'>, progress: Progress): Progress {
  return (event) => {
    recorder.progress(event);
    return progress(event);
  };
}
