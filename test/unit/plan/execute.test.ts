import { describe, expect, it } from 'vitest';
import { ConnectionError, type OpsError } from '../../../src/errors.ts';
import type { CommandResult } from '../../../src/host/host.ts';
import { RecordingHost, type RecordingHostOptions } from '../../../src/host/recording-host.ts';
import { execute, type ExecuteOptions } from '../../../src/plan/execute.ts';
import type { ProgressEvent } from '../../../src/plan/progress.ts';
import type { Step } from '../../../src/plan/step.ts';

const script = (id: string, text = id): Step => ({
  kind: 'script',
  id,
  title: `Do ${id}`,
  script: text,
  timeoutMs: 1000,
});
const done: CommandResult = {
  code: 0,
  signal: null,
  stdout: '',
  stderr: '',
  truncated: false,
  durationMs: 0,
};

/** Runs steps with a clock that moves only by `sleep` (and by 1 ms with each look at it). */
function setUp(answers: RecordingHostOptions['answers'] = [], more: Partial<ExecuteOptions> = {}) {
  const host = new RecordingHost({ name: 'web1', answers, unanswered: 'succeed' });
  const events: ProgressEvent[] = [];
  let now = 0;
  const options: ExecuteOptions = {
    host,
    progress: (event) => events.push(event),
    clock: () => (now += 1),
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
    reach: () => Promise.resolve(),
    runHook: () => Promise.resolve(done),
    ...more,
  };
  return {
    host,
    events,
    now: () => now,
    run: (...steps: readonly Step[]) =>
      execute({ host: 'web1', stage: 'roll', steps, downtime: [], notes: [] }, options),
    story: () =>
      events.map(
        (event) =>
          `${event.type}${'id' in event ? ` ${event.id}` : ''}${'ok' in event ? ` ${event.ok}` : ''}`,
      ),
  };
}

it('shows every line that a step finds worth it, and no line of others', async () => {
  const output = 'still 3 of them\nmore\nstill 2 of them\nno\n';
  const steps = [
    { ...script('one'), notePrefix: 'still ' },
    script('two'),
    { ...script('three'), notePrefix: 'none' },
  ];
  const { run, events } = setUp([[/./, output]]);
  await run(...steps);
  expect(events.flatMap((event) => (event.type === 'stepDone' ? [event.note] : []))).toEqual([
    'still 3 of them, still 2 of them',
    undefined,
    undefined,
  ]);
});

it('tells nothing of a stage without steps', async () => {
  const { run, events } = setUp();
  expect((await run()).size).toBe(0);
  expect(events).toEqual([]);
});

it('runs steps in order, tells each, and hands over what they printed', async () => {
  const { run, events, story, host } = setUp([['one', 'first\nsecond\n']]);
  const outputs = await run(script('one'), script('two'));
  expect([...outputs]).toEqual([
    ['one', 'first\nsecond\n'],
    ['two', ''],
  ]);
  expect(host.texts).toEqual(['one', 'two']);
  expect(story()).toEqual([
    'stageStarted',
    'stepStarted one',
    'stepOutput one',
    'stepOutput one',
    'stepDone one',
    'stepStarted two',
    'stepDone two',
    'stageFinished true',
  ]);
  expect(events[0]).toMatchObject({
    steps: [
      { id: 'one', title: 'Do one' },
      { id: 'two', title: 'Do two' },
    ],
  });
  expect(events[2]).toMatchObject({ line: 'first', stream: 'stdout', host: 'web1', stage: 'roll' });
});

describe('a failure', () => {
  it('stops the rest, with host, step and the last lines', async () => {
    const long = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n');
    const { run, story, host } = setUp([['one', { code: 3, stdout: `${long}\n`, stderr: 'at last\n' }]]);
    const error: unknown = await run(script('one'), script('two')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      reason: 'unchanged',
      code: 'STEP_FAILED',
      message: '"Do one" failed with exit code 3: at last',
      place: { host: 'web1', step: 'Do one', output: expect.arrayContaining(['line 30', 'at last']) },
    });
    expect((error as OpsError).place.output).toHaveLength(20);
    expect(host.texts).toEqual(['one']);
    expect(story().slice(-2)).toEqual(['stepFailed one', 'stageFinished false']);
  });

  it('by a signal says so', async () => {
    const { run } = setUp([['one', { code: null, signal: 'KILL' }]]);
    await expect(run(script('one'))).rejects.toThrow('"Do one" was ended by signal KILL.');
  });

  it('of the connection keeps its reason, advice and cause', async () => {
    const lost = new ConnectionError('CONNECTION_LOST', 'Gone.', {
      next: ['Look at the network.'],
      place: { host: 'x' },
    });
    const { run } = setUp([['one', lost]]);
    await expect(run(script('one'))).rejects.toMatchObject({
      reason: 'connection',
      code: 'CONNECTION_LOST',
      next: ['Look at the network.'],
      place: { host: 'web1', step: 'Do one' },
      cause: lost,
    });
  });

  it('that is a bug stays as it is', async () => {
    const bug = new TypeError('x is undefined');
    const { run, story } = setUp([['one', bug]]);
    await expect(run(script('one'))).rejects.toBe(bug);
    expect(story().slice(-2)).toEqual(['stepFailed one', 'stageFinished false']);
  });
});

describe('an abort', () => {
  it('stops before the next step', async () => {
    const controller = new AbortController();
    const { run, host, story } = setUp(
      () => {
        controller.abort();
        return '';
      },
      { signal: controller.signal },
    );
    await expect(run(script('one'), script('two'))).rejects.toMatchObject({
      reason: 'interrupted',
      place: { step: 'Do two' },
    });
    expect(host.texts).toEqual(['one']);
    expect(story().slice(-3)).toEqual(['stepStarted two', 'stepFailed two', 'stageFinished false']);
  });

  it('ends the waiting for an answer', async () => {
    const controller = new AbortController();
    const { run } = setUp([['list', '10.0.0.1 80\n']], {
      signal: controller.signal,
      reach: () => {
        controller.abort();
        return Promise.reject(new Error('refused'));
      },
    });
    await expect(
      run({ kind: 'reach', id: 'r', title: 'Ask', addresses: 'list', timeoutMs: 60_000 }),
    ).rejects.toMatchObject({ reason: 'interrupted' });
  });
});

describe('what only the client can do', () => {
  const look: Step = { kind: 'client', id: 'look', title: 'Look', action: 'look' };

  it('leaves a note behind the title', async () => {
    const { run, events } = setUp([], { actions: { look: () => Promise.resolve('nothing changed') } });
    await run(look);
    expect(events).toContainEqual(expect.objectContaining({ type: 'stepDone', note: 'nothing changed' }));
  });

  it('or none', async () => {
    const { run, events } = setUp([], { actions: { look: () => Promise.resolve(undefined) } });
    await run(look);
    expect(events.find(({ type }) => type === 'stepDone')).not.toHaveProperty('note');
  });

  it('must be known', async () => {
    await expect(setUp().run(look)).rejects.toThrow('"look" that nobody can do');
  });
});

describe('a hook', () => {
  const hook: Step = {
    kind: 'hook',
    id: 'h',
    title: 'Hook: notify',
    command: 'notify',
    env: { A: '1' },
    timeoutMs: 5,
  };

  it('gets its environment and time limit, and is heard', async () => {
    const seen: unknown[] = [];
    const { run, events } = setUp([], {
      runHook: (command, env, { timeoutMs, onLine }) => {
        seen.push(command, env, timeoutMs);
        onLine({ stream: 'stderr', text: 'hello' });
        return Promise.resolve({ ...done, stdout: 'out' });
      },
    });
    expect((await run(hook)).get('h')).toBe('out');
    expect(seen).toEqual(['notify', { A: '1' }, 5]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'stepOutput', line: 'hello', stream: 'stderr' }),
    );
  });

  it('that fails is named', async () => {
    const { run } = setUp([], { runHook: () => Promise.resolve({ ...done, code: 1, stderr: 'no' }) });
    await expect(run(hook)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      place: { command: 'notify', output: ['no'] },
    });
  });
});

describe('asking new containers', () => {
  const reach: Step = {
    kind: 'reach',
    id: 'reach',
    title: 'Ask',
    addresses: 'list',
    path: '/health',
    timeoutMs: 10_000,
  };
  const two = [['list', '10.0.0.1 80\n10.0.0.2 80\n']] as const;

  it('goes on until each has answered, and asks none twice that has', async () => {
    const asked: string[] = [];
    const { run } = setUp(two, {
      reach: (_host, address, port, { path }) => {
        asked.push(`${address}:${port}${path ?? ''}`);
        return address === '10.0.0.2' && asked.length < 5
          ? Promise.reject(new Error('refused'))
          : Promise.resolve();
      },
    });
    await run(reach);
    expect(asked).toEqual([
      '10.0.0.1:80/health',
      '10.0.0.2:80/health',
      '10.0.0.2:80/health',
      '10.0.0.2:80/health',
      '10.0.0.2:80/health',
    ]);
  });

  it('gives up after its time, and says which and why', async () => {
    const { run, now } = setUp(two, {
      reach: (_host, address) =>
        address === '10.0.0.2' ? Promise.reject(new Error('HTTP 503')) : Promise.resolve(),
    });
    await expect(run(reach)).rejects.toMatchObject({
      code: 'NOT_HEALTHY',
      message: '10.0.0.2:80 did not answer within 10 s: HTTP 503',
    });
    expect(now()).toBeGreaterThan(10_000);
    expect(now()).toBeLessThan(11_000);
  });

  it('no container at all is no answer', async () => {
    await expect(setUp([['list', '\n']]).run(reach)).rejects.toMatchObject({ code: 'NOT_HEALTHY' });
  });

  it('a lost connection says nothing about the containers', async () => {
    const { run, now } = setUp(two, {
      reach: () => Promise.reject(new ConnectionError('CONNECTION_LOST', 'Gone.')),
    });
    await expect(run(reach)).rejects.toMatchObject({ reason: 'connection', code: 'CONNECTION_LOST' });
    expect(now()).toBeLessThan(1000);
  });

  it('but a tunnel that is refused does', async () => {
    const { run } = setUp(two, {
      reach: () => Promise.reject(new ConnectionError('FORWARD_FAILED', 'Refused.')),
    });
    await expect(run(reach)).rejects.toMatchObject({ code: 'NOT_HEALTHY', reason: 'unchanged' });
  });

  it('a list that cannot be made is a failure', async () => {
    await expect(setUp([['list', { code: 1, stderr: 'no docker' }]]).run(reach)).rejects.toMatchObject({
      code: 'STEP_FAILED',
    });
  });
});

describe('what a failure says', () => {
  it('trims both streams, and keeps only lines with something in them', async () => {
    const { run } = setUp([['one', { code: 1, stdout: '  first\n\n\n', stderr: '\n  why  \n\n' }]]);
    await expect(run(script('one'))).rejects.toMatchObject({
      message: '"Do one" failed with exit code 1: why',
      place: { output: ['  first', '  why'] },
    });
  });

  it('of a script has no command', async () => {
    const { run } = setUp([['one', { code: 1 }]]);
    const error = (await run(script('one')).catch((reason: unknown) => reason)) as OpsError;
    expect(error.place).toEqual({ host: 'web1', step: 'Do one', output: [] });
    expect(error.message).toBe('"Do one" failed with exit code 1.');
  });

  it('by an unknown signal says so', async () => {
    const { run } = setUp([['one', { code: null, signal: null }]]);
    await expect(run(script('one'))).rejects.toThrow('"Do one" was ended by signal ?.');
  });

  it('tells the view how long it took and why', async () => {
    const { run, events } = setUp([['one', { code: 1, stderr: 'why' }]]);
    await run(script('one')).catch(() => undefined);
    const [step, stage] = events.slice(-2);
    expect(step).toMatchObject({
      type: 'stepFailed',
      id: 'one',
      message: expect.stringContaining('why') as string,
    });
    expect(step).toMatchObject({ host: 'web1', stage: 'roll', durationMs: 1 });
    expect(stage).toMatchObject({ type: 'stageFinished', ok: false, durationMs: 3 });
  });
});

it('the time that steps and stage took is told', async () => {
  const { run, events } = setUp();
  await run(script('one'), script('two'));
  const durations = events.flatMap((event) => ('durationMs' in event ? [event.durationMs] : []));
  expect(durations).toEqual([1, 1, 5]);
});

it('the time limit and the signal reach the host', async () => {
  const { signal } = new AbortController();
  const seen: unknown[] = [];
  const { run, host } = setUp([], { signal });
  const original = host.script.bind(host);
  host.script = async (text, options) => {
    seen.push(options?.timeoutMs, options?.signal === signal);
    return await original(text, options);
  };
  await run(script('one'), { kind: 'reach', id: 'r', title: 'Ask', addresses: 'list', timeoutMs: 7 }).catch(
    () => undefined,
  );
  expect(seen).toEqual([1000, true, 7, true]);
});

describe('addresses', () => {
  const ask = (addresses: string, more: Partial<ExecuteOptions> = {}) => {
    const asked: unknown[] = [];
    const setup = setUp([['list', addresses]], {
      reach: (_host, address, port, { path }) => {
        asked.push([address, port, path]);
        return Promise.resolve();
      },
      ...more,
    });
    const result = setup.run({
      kind: 'reach',
      id: 'r',
      title: 'Ask',
      addresses: 'list',
      path: '/up',
      timeoutMs: 1000,
    });
    return { ...setup, asked, result };
  };

  it('are asked as they are printed; what is none is left out', async () => {
    const { asked, result, now } = ask(
      '10.0.0.1 80\nnoise\n10.0.0.2 x\nx 10.0.0.3 80\n10.0.0.4 8080 y\n10.0.0.5 9000\n',
    );
    await result;
    expect(asked).toEqual([
      ['10.0.0.1', 80, '/up'],
      ['10.0.0.5', 9000, '/up'],
    ]);
    // Nobody sleeps when all have answered.
    expect(now()).toBeLessThan(250);
  });

  it.each(['', '\n', 'noise\n'])('none in %j is a failure', async (text) => {
    await expect(ask(text).result).rejects.toMatchObject({
      code: 'NOT_HEALTHY',
      message: 'None of the new containers runs with an address to ask.',
    });
  });

  it('that never answer are named with the last error and the time', async () => {
    const reach = () => Promise.reject(new Error('refused'));
    await expect(ask('10.0.0.1 80\n10.0.0.2 80\n', { reach }).result).rejects.toMatchObject({
      message: '10.0.0.1:80, 10.0.0.2:80 did not answer within 1 s: refused',
    });
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a library may throw
    const odd = () => Promise.reject('no error at all');
    await expect(ask('10.0.0.1 80\n', { reach: odd }).result).rejects.toThrow('1 s: no error at all');
  });
});
