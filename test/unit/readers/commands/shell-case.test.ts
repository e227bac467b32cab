import { describe, expect, it } from 'vitest';
import { mapped } from '../../../../src/source/mapped.ts';
import { shellCommands } from '../../../../src/readers/commands/shell.ts';

/** The commands of a script that was given these words: `*` in front of one that may not run. */
function run(script: string, ...args: readonly string[]): string[] {
  return shellCommands(mapped('start.sh', script), {
    variable: () => undefined,
    args: args.map((text) => ({ text, resolved: true })),
  }).map(({ words, conditional }) => `${conditional ? '*' : ''}${words.map(({ text }) => text).join(' ')}`);
}

const script = [
  'echo first',
  'case "${1}" in',
  '  web | api)',
  '    WORKERS=4',
  '    gunicorn app:app --workers $WORKERS',
  '    ;;',
  '  worker*) celery worker;;',
  '  *)',
  '    if true; then exec other; fi',
  '    ;;',
  'esac',
  'echo last $WORKERS',
].join('\n');

describe('case in a script', () => {
  it('of a word that the script was given: the branch that fits', () => {
    expect(run(script, 'api')).toEqual(['echo first', 'gunicorn app:app --workers 4', 'echo last 4']);
    expect(run(script, 'worker-low')).toEqual(['echo first', 'celery worker', 'echo last $WORKERS']);
    expect(run(script, 'shell')).toEqual(['echo first', '*true', '*exec other', 'echo last $WORKERS']);
  });

  it('of a word that is not known: any branch may run', () => {
    expect(run(script.replace('${1}', '$MODE'))).toEqual([
      'echo first',
      '*gunicorn app:app --workers $WORKERS',
      '*celery worker',
      '*true',
      '*exec other',
      'echo last $WORKERS',
    ]);
  });

  it('on one line, with brackets around patterns, one in another', () => {
    expect(run('case $1 in (a) one;; (b) case $2 in c) two;; esac;; esac; end', 'b', 'c')).toEqual([
      'two',
      'end',
    ]);
  });

  it('of a default', () => {
    const short = 'case "${1:-web}" in web) one;; *) two;; esac';
    expect(run(short)).toEqual(['one']);
    expect(run(short, 'job')).toEqual(['two']);
  });

  it('of patterns that are more than words', () => {
    expect(run('case $1 in [Ww]eb) one;; *) two;; esac', 'web')).toEqual(['*one', '*two']);
  });

  it('that never ends', () => {
    expect(run('case $1 in a) one', 'a')).toEqual(['one']);
    expect(run('case', 'a')).toEqual([]);
  });
});

describe('functions of a script', () => {
  const functions = [
    'serve() {',
    '  migrate',
    '  exec gunicorn app:app',
    '}',
    'work() { exec celery worker; }',
    'idle() { sleep 1; }',
    'case "$1" in',
    '  serve) shift; serve ;;',
    '  work) work ;;',
    'esac',
  ].join('\n');

  it('run where they are called', () => {
    expect(run(functions, 'serve')).toEqual(['migrate', 'exec gunicorn app:app', 'shift', 'serve']);
    expect(run(functions, 'work')).toEqual(['exec celery worker', 'work']);
    expect(run(functions, 'other')).toEqual([]);
  });

  it('may run where that is not known, and those that they call', () => {
    expect(run('a() { b; }\nb() { one; }\nc() { two; }\nif x; then a; fi')).toEqual([
      '*b',
      '*one',
      '*x',
      '*a',
    ]);
    expect(run('a() { one; }\n$COMMAND')).toEqual(['*one', '$COMMAND']);
  });

  it('that call themselves', () => {
    expect(run('a() { b; a; }\nb() { a; }\na')).toEqual(['b', 'a', 'a', 'a']);
  });
});
