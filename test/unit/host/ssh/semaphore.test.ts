import { expect, test } from 'vitest';
import { Semaphore } from '../../../../src/host/ssh/semaphore.ts';

test('lets in as many as it may, then in the order of asking', async () => {
  const semaphore = new Semaphore(2);
  const entered: string[] = [];
  const enter = async (name: string) => {
    const release = await semaphore.acquire();
    entered.push(name);
    return release;
  };
  const a = await enter('a');
  await enter('b');
  const c = enter('c');
  const d = enter('d');
  await Promise.resolve();
  expect(entered).toEqual(['a', 'b']);
  a();
  // A place is given back once, however often one says so.
  a();
  const releaseC = await c;
  expect(entered).toEqual(['a', 'b', 'c']);
  releaseC();
  await d;
  expect(entered).toEqual(['a', 'b', 'c', 'd']);
});

test('one that gives up while it waits takes no place', async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  const controller = new AbortController();
  const waiting = semaphore.acquire(controller.signal);
  const next = semaphore.acquire();
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  release();
  await expect(next).resolves.toBeTypeOf('function');
});

test('one that has given up before does not wait', async () => {
  await expect(new Semaphore(1).acquire(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
