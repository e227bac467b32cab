import { expect, it } from 'vitest';
import { RunModel } from '../../../../src/cli/progress/run-model.ts';
import type { ProgressEvent } from '../../../../src/plan/progress.ts';

const steps = [
  { id: 'a', title: 'First\u001B[2J' },
  { id: 'b', title: 'Second' },
];
const started: ProgressEvent = { type: 'stageStarted', host: 'web1', stage: 'prepare', steps };
const where = { host: 'web1', stage: 'prepare' } as const;

function states(model: RunModel): string[] | undefined {
  return model.stageOf({ host: 'web1' })?.steps.map(({ state }) => state);
}

it('follows a stage', () => {
  const model = new RunModel();
  model.apply(started);
  expect(states(model)).toEqual(['waiting', 'waiting']);
  const step = model.apply({ type: 'stepStarted', ...where, id: 'a', title: 'First' });
  expect(step?.title).toBe('First');
  expect(states(model)).toEqual(['running', 'waiting']);
  model.apply({ type: 'stepDone', ...where, id: 'a', durationMs: 5, note: 'cached' });
  expect(step).toMatchObject({ state: 'done', durationMs: 5, note: 'cached' });
  model.apply({ type: 'stageFinished', ...where, ok: true, durationMs: 9 });
  expect(model.running).toEqual([]);
});

it('marks what a failed stage did not reach', () => {
  const model = new RunModel();
  model.apply(started);
  const stage = model.stageOf({ host: 'web1' });
  model.apply({ type: 'stepStarted', ...where, id: 'a', title: 'First' });
  model.apply({ type: 'stageFinished', ...where, ok: false, durationMs: 9 });
  expect(stage?.steps.map(({ state }) => state)).toEqual(['failed', 'skipped']);
});

it('keeps the last 20 lines, harmless', () => {
  const model = new RunModel();
  model.apply(started);
  for (let index = 0; index < 50; index += 1) {
    model.apply({ type: 'stepOutput', ...where, id: 'a', stream: 'stdout', line: `\u001B[1m${index}` });
  }
  expect(model.stageOf({ host: 'web1' })?.steps[0]?.lines).toEqual(
    Array.from({ length: 20 }, (_, index) => String(index + 30)),
  );
});

it('ignores steps and hosts that it was not told of', () => {
  const model = new RunModel();
  expect(model.apply({ type: 'stepDone', ...where, id: 'a', durationMs: 1 })).toBeUndefined();
  expect(model.apply({ type: 'stageFinished', ...where, ok: true, durationMs: 1 })).toBeUndefined();
});
