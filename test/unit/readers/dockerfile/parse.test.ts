import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../../../src/readers/dockerfile/parse.ts';

const names = (text: string): string[] =>
  parseDockerfile('Dockerfile', text).stages.flatMap(({ instructions }) =>
    instructions.map(({ name, text: argument }) => `${name} ${argument}`),
  );

describe('parseDockerfile', () => {
  it('joins continuation lines, and leaves comments and empty lines in them out', () => {
    const text = 'FROM debian\nRUN a && \\\n  # why\n\n  b \\  \n  && c\nCMD ["x"]\n';
    expect(names(text)).toEqual(['FROM debian', 'RUN a &&   b   && c', 'CMD ["x"]']);
  });

  it('knows where each instruction stands', () => {
    const text = '# syntax=docker/dockerfile:1\nfrom debian as base\n\nrun a \\\n  b\n';
    const [, run] = parseDockerfile('Dockerfile', text).stages[0]?.instructions ?? [];
    const at = (span: { start: number; end: number } | undefined): string =>
      text.slice(span?.start, span?.end);
    expect([at(run?.nameAt), at(run?.at), at(run?.textAt), run?.name]).toEqual([
      'run',
      'run a \\\n  b',
      'a \\\n  b',
      'RUN',
    ]);
  });

  it('obeys the escape directive, which only the top of the file can have', () => {
    expect(names('# escape=`\nFROM windows\nRUN dir c:\\ `\n  d:\\\n')).toEqual([
      'FROM windows',
      'RUN dir c:\\   d:\\',
    ]);
    expect(names('FROM a\n# escape=`\nRUN x \\\n y\n')).toEqual(['FROM a', 'RUN x  y']);
  });

  it('skips heredocs', () => {
    const text =
      'FROM a\nRUN <<EOF cat <<-"END"\nCMD nothing\nEOF\nFROM nothing\n\tEND\nCOPY <<x.sh /x.sh\nCMD no\nx.sh\nCMD ["yes"]\n';
    expect(names(text).filter((name) => name.startsWith('CMD'))).toEqual(['CMD ["yes"]']);
  });

  it('says that a heredoc has no end, and goes on', () => {
    const { problems, stages } = parseDockerfile('Dockerfile', 'FROM a\nRUN <<EOF\nb\n');
    expect(problems.map(({ message }) => message)).toEqual(['A heredoc begins here and is never ended.']);
    expect(stages).toHaveLength(1);
  });

  it('reads CR LF and a byte order mark', () => {
    expect(names('\uFEFFFROM a\r\nRUN b \\\r\n  c\r\n')).toEqual(['FROM a', 'RUN b   c']);
  });

  it('resolves stages, ARGs in front of the first FROM, and platforms', () => {
    const { stages } = parseDockerfile(
      'Dockerfile',
      'ARG VERSION=3.13\nFROM --platform=$BUILDPLATFORM python:${VERSION}-slim AS Base\nFROM base\nFROM ${NAME:-alpine}\nFROM $UNKNOWN\n',
    );
    expect(stages.map(({ image, from, name }) => [image.value, from, name])).toEqual([
      ['python:3.13-slim', undefined, 'base'],
      ['base', 0, undefined],
      ['alpine', undefined, undefined],
      ['$UNKNOWN', undefined, undefined],
    ]);
  });

  it.each([
    ['', 'It has no FROM.'],
    ['RUN a\nFROM b\n', 'RUN stands in front of the first FROM.'],
    ['FROM a\nFOO b\n', 'Unknown instruction FOO.'],
    ['FROM\n', 'FROM names no image.'],
  ])('has a problem with %j', (text, message) => {
    expect(parseDockerfile('Dockerfile', text).problems.map((problem) => problem.message)).toContain(message);
  });
});
