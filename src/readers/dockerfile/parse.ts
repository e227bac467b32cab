import type { Located } from '../../source/span.ts';
import { mappedSlice, mappedSpan } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';
import type { ReadProblem } from '../problem.ts';
import type { DockerCommand, DockerInstruction, Dockerfile, DockerStage } from './dockerfile.ts';
import { expand } from './expand.ts';
import { escapeCharacter, logicalLines } from './lines.ts';
import type { LogicalLine } from './lines.ts';
import { execForm, instructionWords, leadingFlags, pairs } from './words.ts';

const instructionNames = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER ' +
    'VOLUME WORKDIR'
  ).split(' '),
);

interface OpenStage {
  image: Located<string>;
  name?: string;
  from?: number;
  instructions: DockerInstruction[];
}

/**
 * Reads a Dockerfile as BuildKit does (https://docs.docker.com/reference/dockerfile/). Offsets are of the file; what
 * makes no sense is a problem, and the rest is read.
 */
export function parseDockerfile(path: string, text: string): Dockerfile {
  const problems: ReadProblem[] = [];
  const escape = escapeCharacter(text);
  const { lines, unterminated } = logicalLines(path, text, escape);
  const globalArgs = new Map<string, string | undefined>();
  const stages: OpenStage[] = [];
  /** Index of the last stage of each name. */
  const stageNames = new Map<string, number>();
  const wrong = (start: number, end: number, message: string): void => {
    problems.push({ kind: 'syntax', path, at: { path, start, end }, message });
  };
  if (unterminated !== undefined)
    wrong(unterminated, text.length, 'A heredoc begins here and is never ended.');

  for (const line of lines) {
    const instruction = instructionOf(path, line);
    if (!instructionNames.has(instruction.name)) {
      wrong(instruction.nameAt.start, instruction.nameAt.end, `Unknown instruction ${instruction.name}.`);
      continue;
    }
    if (instruction.name === 'FROM') {
      const stage = openStage(instruction, globalArgs, stageNames);
      if (stage) {
        if (stage.name !== undefined) stageNames.set(stage.name, stages.length);
        stages.push(stage);
      } else wrong(instruction.at.start, instruction.at.end, 'FROM names no image.');
    } else if (stages.length === 0) {
      if (instruction.name === 'ARG') {
        for (const [name, value] of pairs(instruction.text, escape, false))
          globalArgs.set(
            name,
            value === undefined
              ? undefined
              : expand(value, (other) => globalArgs.get(other), { escape, unquote: true }).text,
          );
      } else
        wrong(
          instruction.at.start,
          instruction.at.end,
          `${instruction.name} stands in front of the first FROM.`,
        );
    } else stages.at(-1)?.instructions.push(instruction);
  }
  if (stages.length === 0) wrong(0, text.length, 'It has no FROM.');
  return { path, text, escape, globalArgs, stages: stages.map((stage) => closeStage(stage)), problems };
}

function instructionOf(path: string, { start, end, joined }: LogicalLine): DockerInstruction {
  const blank = joined.text.search(/[ \t]/);
  const nameEnd = blank === -1 ? joined.text.length : blank;
  let argument = nameEnd;
  while (/[ \t]/.test(joined.text[argument] ?? '')) argument += 1;
  const at = { path, start, end };
  return {
    name: joined.text.slice(0, nameEnd).toUpperCase(),
    text: joined.text.slice(argument),
    at,
    nameAt: mappedSpan(joined, 0, nameEnd) ?? at,
    textAt: mappedSpan(joined, argument) ?? { path, start: end, end },
  };
}

function openStage(
  instruction: DockerInstruction,
  globalArgs: ReadonlyMap<string, string | undefined>,
  stageNames: ReadonlyMap<string, number>,
): OpenStage | undefined {
  const { image, name } = fromWords(instruction.text);
  if (image === undefined) return undefined;
  const resolved = expand(image, (arg) => globalArgs.get(arg), { unquote: true }).text;
  const from = stageNames.get(resolved.toLowerCase());
  const start = instruction.textAt.start + Math.max(0, instruction.text.indexOf(image));
  return {
    image: {
      // A variable without a value leaves nothing; then the name as it is written says more.
      value: resolved === '' ? image : resolved,
      at: { path: instruction.at.path, start, end: Math.min(start + image.length, instruction.at.end) },
    },
    ...(name === undefined ? {} : { name }),
    ...(from === undefined ? {} : { from }),
    instructions: [instruction],
  };
}

/** Image and stage name of `FROM [--platform=…] IMAGE [AS NAME]`, as written. */
export function fromWords(text: string): { image?: string; name?: string } {
  const [image, as = '', name] = instructionWords(leadingFlags(text).rest, '\\');
  return {
    ...(image === undefined ? {} : { image }),
    ...(as.toLowerCase() === 'as' && name !== undefined ? { name: name.toLowerCase() } : {}),
  };
}

function closeStage(stage: OpenStage): DockerStage {
  const [first] = stage.instructions;
  const last = stage.instructions.at(-1);
  return {
    ...stage,
    at: {
      path: stage.image.at.path,
      start: first?.at.start ?? stage.image.at.start,
      end: last?.at.end ?? stage.image.at.end,
    },
  };
}

/** What a CMD or ENTRYPOINT instruction runs. */
export function commandOf(dockerfile: Dockerfile, instruction: DockerInstruction): DockerCommand {
  const source = argumentsOf(dockerfile, instruction);
  const words = execForm(source);
  return words
    ? { form: 'exec', words: words.map((word) => word.text), sources: words, at: instruction.at }
    : { form: 'shell', words: [source.text], sources: [source], at: instruction.at };
}

function argumentsOf(
  { path, text, escape }: Dockerfile,
  { at, text: argument }: DockerInstruction,
): MappedText {
  // The instruction's own lines give one logical line again; its offsets are moved to those of the file.
  const [line] = logicalLines(path, text.slice(at.start, at.end), escape).lines;
  if (!line) return { text: '', path, starts: [], ends: [] };
  const { joined } = line;
  const moved = mappedSlice(joined, joined.text.length - argument.length, joined.text.length);
  return {
    ...moved,
    starts: moved.starts.map((start) => start + at.start),
    ends: moved.ends.map((end) => end + at.start),
  };
}
