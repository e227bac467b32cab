import { describe, expect, it } from 'vitest';
import { imageOf } from '../../../../src/readers/dockerfile/image.ts';
import { parseDockerfile } from '../../../../src/readers/dockerfile/parse.ts';
import { mappedSpan } from '../../../../src/source/mapped.ts';

function image(text: string, target?: string, args: Readonly<Record<string, string>> = {}) {
  return imageOf(parseDockerfile('Dockerfile', text), {
    ...(target === undefined ? {} : { target }),
    args: new Map(Object.entries(args)),
  });
}

describe('imageOf', () => {
  it('takes the last command, in both forms', () => {
    const text =
      'FROM a\nCMD ["old"]\nENTRYPOINT tini --\nENTRYPOINT [ "tini", \\\n  "--" ]\nCMD uvicorn a:b \\\n  --port "$PORT"\n';
    const found = image(text);
    expect(found?.entrypoint).toMatchObject({ form: 'exec', words: ['tini', '--'] });
    expect(found?.cmd).toMatchObject({ form: 'shell', words: ['uvicorn a:b   --port "$PORT"'] });
  });

  it('keeps blanks and escapes in the strings of the exec form, and knows where they stand', () => {
    const text = String.raw`FROM a
CMD ["sh", "-c", "echo \"a\\tb\" \u0041 && x y"]`;
    const words = image(text)?.cmd?.sources ?? [];
    expect(words.map((word) => word.text)).toEqual(['sh', '-c', String.raw`echo "a\tb" A && x y`]);
    const written = words.map((word) => {
      const span = mappedSpan(word);
      return text.slice(span?.start, span?.end);
    });
    expect(written).toEqual(['sh', '-c', String.raw`echo \"a\\tb\" \u0041 && x y`]);
  });

  it('takes what is no JSON as shell form', () => {
    expect(image("FROM a\nCMD ['a', 'b']\n")?.cmd?.form).toBe('shell');
    expect(image('FROM a\nCMD [1]\n')?.cmd?.form).toBe('shell');
  });

  it('forgets the command of the stage below with a new entry point, and only that', () => {
    expect(image('FROM a AS x\nCMD ["c"]\nFROM x\nENTRYPOINT ["e"]\n')?.cmd).toBeUndefined();
    expect(image('FROM a AS x\nCMD ["c"]\nENTRYPOINT ["e"]\n')?.cmd?.words).toEqual(['c']);
    expect(image('FROM a AS x\nCMD ["c"]\nFROM x\nCMD ["d"]\nENTRYPOINT ["e"]\n')?.cmd?.words).toEqual(['d']);
  });

  it('follows stages, and takes the one that is asked for', () => {
    const text =
      'FROM python:3 AS base\nENV A=1\nWORKDIR /app\nFROM base AS dev\nCMD ["dev"]\nFROM base AS prod\nWORKDIR src\nCMD ["prod"]\n';
    expect(image(text)).toMatchObject({
      base: { value: 'python:3' },
      workdir: { value: '/app/src' },
      cmd: { words: ['prod'] },
    });
    expect(image(text, 'DEV')).toMatchObject({ workdir: { value: '/app' }, cmd: { words: ['dev'] } });
    expect(image(text, '0')?.cmd).toBeUndefined();
    expect(image(text, 'missing')).toBeUndefined();
    expect(image('')).toBeUndefined();
  });

  it('expands ARG and ENV', () => {
    const text =
      'ARG TAG=3\nFROM python:$TAG\nARG TAG\nARG PORT=${BASE:-80}00\nENV A=$TAG B="x y" C=\'$A\'\nENV D $A-${PORT} tail\nENV A=later E=\\$A F=${A:+set}\n';
    const env = image(text, undefined, { TAG: '4' })?.env;
    expect(Object.fromEntries([...(env ?? [])].map(([name, { value }]) => [name, value]))).toEqual({
      A: 'later',
      B: 'x y',
      C: '$A',
      D: '4-8000 tail',
      E: '$A',
      F: 'set',
    });
    expect(image(text, undefined, { TAG: '4' })?.base.value).toBe('python:4');
  });

  it('copies from the context, and not from other stages', () => {
    const text =
      'FROM a AS x\nWORKDIR /app\nCOPY --chown=u:g requirements.txt ./\nCOPY --from=y /z /z\nCOPY ["a b", "c", "/d/"]\nADD https://x.y/z.tgz /t\nCOPY <<EOF /f\nx\nEOF\nCOPY . .\n';
    expect(image(text)?.copies.map(({ sources, destination }) => [...sources, destination])).toEqual([
      ['requirements.txt', '/app/'],
      ['a b', 'c', '/d/'],
      ['.', '/app/'],
    ]);
  });

  it('has user, health check and stop signal', () => {
    const text = 'FROM a AS b\nHEALTHCHECK CMD x\nUSER app\nSTOPSIGNAL SIGINT\nFROM b\n';
    expect(image(text)).toMatchObject({ user: { value: 'app' }, stopSignal: { value: 'SIGINT' } });
    expect(image(text)?.healthcheck?.text).toBe('CMD x');
    expect(image(`${text}HEALTHCHECK NONE\n`)?.healthcheck).toBeUndefined();
  });
});
