import { expect, it } from 'vitest';
import { plainView } from '../../../../src/cli/progress/plain-view.ts';
import type { ProgressEvent } from '../../../../src/plan/progress.ts';

function draw(events: readonly ProgressEvent[], verbose = false): string[] {
  let text = '';
  let time = 1000;
  const view = plainView({
    stream: { write: (chunk) => (text += chunk) },
    style: (_format, part) => part,
    now: () => time,
    verbose,
  });
  for (const event of events) {
    view.progress(event);
    time += 250;
  }
  return text.split('\n').slice(0, -1);
}

const where = { host: 'web1', stage: 'prepare', id: 'fetch' } as const;
const output = (line: string): ProgressEvent => ({ type: 'stepOutput', ...where, stream: 'stdout', line });

it('writes one line an event', () => {
  const lines = draw([
    { type: 'status', host: 'web1', text: 'Connecting' },
    { type: 'stageStarted', host: 'web1', stage: 'prepare', steps: [{ id: 'fetch', title: 'Fetch main' }] },
    { type: 'stepStarted', ...where, title: 'Fetch main' },
    { type: 'stepDone', ...where, durationMs: 310, note: 'nothing new' },
    { type: 'note', level: 'warn', text: 'Disk is 91 % full' },
    { type: 'note', host: 'web1', level: 'info', text: 'kept' },
    { type: 'stageFinished', host: 'web1', stage: 'prepare', ok: true, durationMs: 2400 },
  ]);
  expect(lines).toEqual([
    '   0.0s [web1] Connecting',
    '   0.3s [web1] == Prepare',
    '   0.5s [web1] … Fetch main',
    '   0.8s [web1] ✔ Fetch main: nothing new (310 ms)',
    '   1.0s warning: Disk is 91 % full',
    '   1.3s [web1] kept',
    '   1.5s [web1] == Prepare: done (2.4 s)',
  ]);
});

it('shows the last 20 lines of a step that failed', () => {
  const lines = draw([
    { type: 'stepStarted', ...where, title: 'Fetch main' },
    ...Array.from({ length: 30 }, (_, index) => output(`line ${index + 1}`)),
    { type: 'stepFailed', ...where, durationMs: 90, message: 'git ended with code 128' },
  ]);
  expect(lines).toHaveLength(22);
  expect(lines[1]).toMatch(/\[web1\] │ line 11$/);
  expect(lines.at(-1)).toMatch(/\[web1\] ✖ Fetch main: git ended with code 128 \(90 ms\)$/);
});

it('keeps quiet about the output of a step that went well', () => {
  const lines = draw([
    { type: 'stepStarted', ...where, title: 'Fetch main' },
    output('From origin'),
    { type: 'stepDone', ...where, durationMs: 10 },
  ]);
  expect(lines).toHaveLength(2);
});

it('streams every output with --verbose, harmlessly', () => {
  expect(draw([output('\u001B[2Jevil\r\u001B]0;t\u0007good')], true)).toEqual(['   0.0s [web1] │ good']);
});

it('streams the output of a build', () => {
  const line: ProgressEvent = {
    ...where,
    type: 'stepOutput',
    stage: 'build',
    stream: 'stderr',
    line: '#1 FROM',
  };
  expect(draw([line])).toEqual(['   0.0s [web1] │ #1 FROM']);
});
