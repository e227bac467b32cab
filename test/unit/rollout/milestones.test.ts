import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../../src/plan/progress.ts';
import { Milestones, movesTraffic } from '../../../src/rollout/milestones.ts';

const event = (type: 'stepStarted' | 'stepDone', id: string) => ({ type, id }) as ProgressEvent;

/** Milestones after some events, one a millisecond from 1 on. */
function after(events: readonly ProgressEvent[], serving?: boolean): Milestones {
  let now = 0;
  const milestones = new Milestones(
    () => now,
    () => serving,
  );
  for (const one of events) {
    now += 1;
    milestones.observe(one);
  }
  return milestones;
}

it('nothing has been done at first', () => {
  expect(after([])).toMatchObject({ recorded: false, moved: false, movedAt: 0, servedBefore: undefined });
});

it('is recorded once the step is done, not when it begins', () => {
  expect(after([event('stepStarted', 'record')]).recorded).toBe(false);
  expect(after([event('stepDone', 'record')]).recorded).toBe(true);
});

it.each([
  ['share', true],
  ['switch', true],
  ['reload', true],
  ['retire', true],
  ['recreate-db', true],
  ['start-backend', false],
  ['watch', false],
])('%s moves traffic: %s', (id, moves) => {
  expect(movesTraffic(id)).toBe(moves);
  expect(after([event('stepStarted', id)]).moved).toBe(moves);
});

it('the first step that moves traffic counts, also one that fails', () => {
  const milestones = after([event('stepStarted', 'share'), event('stepStarted', 'switch')]);
  expect(milestones).toMatchObject({ moved: true, movedAt: 1, failuresCount: 1 });
});

it('failures while a service is recreated do not count', () => {
  const events = [event('stepStarted', 'recreate-db'), event('stepDone', 'recreate-db')];
  expect(after(events)).toMatchObject({ movedAt: 1, failuresCount: 2 });
});

describe('whether the site answered before', () => {
  it('is what it did when traffic began to move', () => {
    expect(after([event('stepStarted', 'share')], false).servedBefore).toBe(false);
    expect(after([event('stepStarted', 'watch')], false).servedBefore).toBeUndefined();
  });

  it('is not what it does afterwards', () => {
    const milestones = after([]);
    milestones.servedBefore = true;
    milestones.observe(event('stepStarted', 'share'));
    expect(milestones.servedBefore).toBe(true);
  });
});
