import { expect, it } from 'vitest';
import { OpsError } from '../../../src/errors.ts';
import type { ProgressEvent } from '../../../src/plan/progress.ts';
import { runSteps } from '../../../src/sandbox/steps.ts';

function kinds(events: readonly ProgressEvent[]): string[] {
  return events.map((event) => ('id' in event ? `${event.type} ${event.id}` : event.type));
}

it('reports each step, with what it says and its note', async () => {
  const events: ProgressEvent[] = [];
  const step = {
    id: 'a',
    title: 'A',
    work: async ({ say, tell }: { say: (line: string) => void; tell: (text: string) => void }) => {
      tell('begins');
      say('a line');
      return 'well done';
    },
  };
  await runSteps('box', 'prepare', [step], (event) => events.push(event));
  expect(kinds(events)).toEqual([
    'stageStarted',
    'stepStarted a',
    'note',
    'stepOutput a',
    'stepDone a',
    'stageFinished',
  ]);
  expect(events[4]).toMatchObject({ note: 'well done' });
  expect(events[5]).toMatchObject({ ok: true });
});

it('stops at the first step that fails, and passes its error on', async () => {
  const events: ProgressEvent[] = [];
  const failure = new Error('no space');
  const steps = [
    { id: 'a', title: 'A', work: async () => await Promise.reject(failure) },
    { id: 'b', title: 'B', work: async () => undefined },
  ];
  await expect(runSteps('box', 'prepare', steps, (event) => events.push(event))).rejects.toBe(failure);
  expect(kinds(events)).toEqual(['stageStarted', 'stepStarted a', 'stepFailed a', 'stageFinished']);
  expect(events[2]).toMatchObject({ message: 'no space' });
});

it('shows the output of a quiet program that failed, and no line twice', async () => {
  const failure = new OpsError('unchanged', 'X', 'it failed', { place: { output: ['why'] } });
  for (const spoken of [[], ['why']]) {
    const events: ProgressEvent[] = [];
    const work = async ({ say }: { say: (line: string) => void }): Promise<undefined> => {
      spoken.forEach(say);
      return await Promise.reject(failure);
    };
    await expect(
      runSteps('box', 'prepare', [{ id: 'a', title: 'A', work }], (event) => events.push(event)),
    ).rejects.toBe(failure);
    expect(kinds(events)).toEqual([
      'stageStarted',
      'stepStarted a',
      'stepOutput a',
      'stepFailed a',
      'stageFinished',
    ]);
  }
});
