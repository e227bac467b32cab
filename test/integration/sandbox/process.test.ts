import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../src/errors.ts';
import { freePorts } from '../../../src/sandbox/ports.ts';
import { pipeProcesses, runProcess } from '../../../src/sandbox/process.ts';
import { tar } from '../../../src/sandbox/tar.ts';

const node = process.execPath;
const script = (text: string): readonly [string, ...string[]] => [node, '-e', text];

describe('runProcess', () => {
  it('collects both streams, hands over lines, and the exit code', async () => {
    const lines: string[] = [];
    const result = await runProcess(
      node,
      ['-e', 'console.log("a\\nb"); console.error("c"); process.exit(3)'],
      {
        onLine: (line, stream) => lines.push(`${stream} ${line}`),
      },
    );
    expect(result).toEqual({ code: 3, stdout: 'a\nb', stderr: 'c' });
    expect(lines.toSorted()).toEqual(['stderr c', 'stdout a', 'stdout b']);
  });

  it('writes standard input', async () => {
    const copy = 'process.stdin.pipe(process.stdout)';
    expect((await runProcess(node, ['-e', copy], { stdin: 'hello' })).stdout).toBe('hello');
  });

  it('survives a program that does not read its input', async () => {
    const result = await runProcess(node, ['-e', 'process.exit(5)'], { stdin: new Uint8Array(5_000_000) });
    expect(result.code).toBe(5);
  });

  it('says when there is no such program', async () => {
    expect(await runProcess('no-such-program-here', [])).toMatchObject({ code: 127 });
  });

  it('ends what takes too long, and what says nothing for too long', async () => {
    const wait = 'setTimeout(() => {}, 20_000)';
    expect((await runProcess(node, ['-e', wait], { timeoutMs: 200 })).code).toBeNull();
    expect((await runProcess(node, ['-e', wait], { firstLineMs: 200 })).code).toBeNull();
    expect((await runProcess('sh', ['-c', 'echo here; sleep 2.2'], { firstLineMs: 2_000 })).code).toBe(0);
  });

  it('ends when the signal aborts', async () => {
    const abort = new AbortController();
    const running = runProcess(node, ['-e', 'setTimeout(() => {}, 20_000)'], { signal: abort.signal });
    setTimeout(() => {
      abort.abort();
    }, 100);
    await expect(running).rejects.toBeInstanceOf(InterruptedError);
  });
});

describe('pipeProcesses', () => {
  const count =
    'let n = 0; process.stdin.on("data", (d) => n += d.length).on("end", () => { console.log(n); })';

  it('hands over more than memory would like', async () => {
    const make = 'for (let i = 0; i < 50; i++) process.stdout.write(Buffer.alloc(1_000_000, i))';
    expect(await pipeProcesses(script(make), script(count))).toMatchObject({ code: 0, stdout: '50000000\n' });
  });

  it('is a failure when either fails', async () => {
    const fails = 'process.stderr.write("bad source"); process.exit(4)';
    expect(await pipeProcesses(script(fails), script(count))).toMatchObject({
      code: 4,
      stderr: 'bad source',
    });
    expect(await pipeProcesses(script('process.stdout.write("x")'), script('process.exit(6)'))).toMatchObject(
      {
        code: 6,
      },
    );
    expect((await pipeProcesses(script(''), ['no-such-program-here'])).code).toBe(127);
    expect((await pipeProcesses(['no-such-program-here'], script(count))).code).toBe(127);
  });
});

it('free ports are different ones that can be listened on', async () => {
  const ports = await freePorts(4);
  expect(new Set(ports).size).toBe(4);
  for (const port of ports) expect(port).toBeGreaterThan(1023);
});

it('tar archives are what tar reads', async () => {
  const content = new TextEncoder().encode('hello\n');
  const archive = tar([
    { path: `${'folder/'.repeat(20)}file.txt`, content },
    { path: 'run.sh', content, executable: true },
    { path: 'link', link: 'run.sh' },
  ]);
  const { code, stdout, stderr } = await runProcess('tar', ['-tvf', '-'], { stdin: archive });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^-rw-r--r-- .*(folder\/){20}file\.txt$/);
  expect(lines[1]).toMatch(/^-rwxr-xr-x .* run\.sh$/);
  expect(lines[2]).toMatch(/^l.* link -> run\.sh$/);
});
