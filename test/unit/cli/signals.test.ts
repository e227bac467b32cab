import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { catchSignals } from '../../../src/cli/signals.ts';
import { InterruptedError } from '../../../src/errors.ts';

function start() {
  const process = new EventEmitter();
  const said: string[] = [];
  const exits: number[] = [];
  const interrupts = catchSignals({
    say: (text) => said.push(text),
    exit: (code) => exits.push(code),
    on: (name, listener) => process.on(name, listener),
    off: (name, listener) => process.off(name, listener),
  });
  return { process, said, exits, interrupts };
}

describe('catchSignals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('aborts at the first %s', (name) => {
    const { process, said, exits, interrupts } = start();
    process.emit(name, name);
    expect(interrupts.signal.reason).toBeInstanceOf(InterruptedError);
    expect(said).toHaveLength(1);
    expect(exits).toEqual([]);
  });

  it('stops at once at the second, and says what to expect', () => {
    const { process, said, exits } = start();
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([130]);
    expect(said[1]).toMatch(/ops status/);
  });

  it('stops at the first signal after an abort from within', () => {
    const { process, exits, interrupts } = start();
    interrupts.abort(new Error('The pipe is closed.'));
    process.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([130]);
  });

  it('leaves no listener behind', () => {
    const { process, interrupts } = start();
    interrupts.dispose();
    expect(process.eventNames()).toEqual([]);
  });
});
