import type { Located } from '../../source/span.ts';
import type { DockerCommand, Dockerfile, DockerImage, DockerInstruction, DockerStage } from './dockerfile.ts';
import { expand } from './expand.ts';
import type { Lookup } from './expand.ts';
import { commandOf, fromWords } from './parse.ts';
import { instructionWords, leadingFlags, pairs } from './words.ts';

interface Building {
  base: Located<string>;
  env: Map<string, Located<string>>;
  copies: { sources: readonly string[]; destination: string; at: DockerInstruction['at'] }[];
  cmd?: DockerCommand | undefined;
  entrypoint?: DockerCommand | undefined;
  workdir?: Located<string>;
  user?: Located<string>;
  healthcheck?: DockerInstruction | undefined;
  stopSignal?: Located<string>;
}

/**
 * What a container of one stage starts with. `args` are Compose's `build.args`; they win over the file's defaults.
 * Undefined: the file has no stage, or none of the target's name.
 */
export function imageOf(
  dockerfile: Dockerfile,
  options: { target?: string; args?: ReadonlyMap<string, string> } = {},
): DockerImage | undefined {
  const { target, args = new Map<string, string>() } = options;
  const chain = chainOf(dockerfile, target);
  const [first] = chain;
  if (!first) return undefined;
  const image: Building = { base: baseOf(dockerfile, first, args), env: new Map(), copies: [] };
  for (const stage of chain) build(image, dockerfile, stage, args);
  const { cmd, entrypoint, healthcheck, ...rest } = image;
  return {
    ...rest,
    ...(cmd ? { cmd } : {}),
    ...(entrypoint ? { entrypoint } : {}),
    ...(healthcheck ? { healthcheck } : {}),
  };
}

/** The stages that one is built from, and itself; the first is the one with an image of its own. */
function chainOf({ stages }: Dockerfile, target: string | undefined): DockerStage[] {
  let index =
    target === undefined || target === ''
      ? stages.length - 1
      : stages.findLastIndex(({ name }, at) => name === target.toLowerCase() || String(at) === target);
  const chain: DockerStage[] = [];
  // A stage is built from an earlier one, so this ends.
  for (let stage = stages[index]; stage; stage = stages[index]) {
    chain.unshift(stage);
    if (stage.from === undefined || stage.from >= index) break;
    index = stage.from;
  }
  return chain;
}

function baseOf(
  { globalArgs }: Dockerfile,
  stage: DockerStage,
  args: ReadonlyMap<string, string>,
): Located<string> {
  const { image } = fromWords(stage.instructions[0]?.text ?? '');
  if (image === undefined) return stage.image;
  const lookup: Lookup = (name) =>
    globalArgs.has(name) ? (args.get(name) ?? globalArgs.get(name)) : undefined;
  const { text, unresolved } = expand(image, lookup, { unquote: true });
  return unresolved.length > 0 || text === '' ? stage.image : { value: text, at: stage.image.at };
}

function build(
  image: Building,
  dockerfile: Dockerfile,
  stage: DockerStage,
  args: ReadonlyMap<string, string>,
): void {
  const { escape, globalArgs } = dockerfile;
  const stageArgs = new Map<string, string | undefined>();
  // ENV wins over ARG of the same name, wherever it stands.
  const lookup: Lookup = (name) => image.env.get(name)?.value ?? stageArgs.get(name);
  const value = (text: string): string => expand(text, lookup, { escape, unquote: true }).text;
  let cmdSet = false;
  for (const instruction of stage.instructions) {
    const { name, text, at, textAt } = instruction;
    const located = (content: string): Located<string> => ({ value: content, at: textAt });
    switch (name) {
      case 'ARG':
        for (const [arg, fallback] of pairs(text, escape, false))
          stageArgs.set(
            arg,
            args.get(arg) ?? (fallback === undefined ? globalArgs.get(arg) : value(fallback)),
          );
        break;
      case 'ENV': {
        // All of one instruction are expanded with what was set in front of it.
        const added = pairs(text, escape, true).map(([key, raw = '']) => [key, located(value(raw))] as const);
        for (const [key, content] of added) image.env.set(key, content);
        break;
      }
      case 'WORKDIR':
        image.workdir = located(absolute(image.workdir?.value, value(text)));
        break;
      case 'USER':
        image.user = located(value(text));
        break;
      case 'STOPSIGNAL':
        image.stopSignal = located(value(text));
        break;
      case 'HEALTHCHECK':
        image.healthcheck = text.trim().toUpperCase() === 'NONE' ? undefined : instruction;
        break;
      case 'CMD':
        image.cmd = commandOf(dockerfile, instruction);
        cmdSet = true;
        break;
      case 'ENTRYPOINT':
        image.entrypoint = commandOf(dockerfile, instruction);
        // What the stage below says to run was meant for the entry point below.
        if (!cmdSet) image.cmd = undefined;
        break;
      case 'COPY':
      case 'ADD': {
        const copied = copyOf(text, escape, value, image.workdir?.value);
        if (copied) image.copies.push({ ...copied, at });
        break;
      }
      default:
    }
  }
}

function copyOf(
  text: string,
  escape: string,
  value: (text: string) => string,
  workdir: string | undefined,
): { sources: readonly string[]; destination: string } | undefined {
  const { flags, rest } = leadingFlags(text);
  if (flags.has('from')) return undefined;
  const words = copyWords(rest, escape).map((word) => value(word));
  const destination = words.pop();
  const sources = words.filter((word) => !word.startsWith('<<') && !/^(?:https?|git|ssh):\/\//.test(word));
  return destination === undefined || sources.length === 0
    ? undefined
    : { sources, destination: absolute(workdir, destination) };
}

function copyWords(text: string, escape: string): string[] {
  if (text.startsWith('[')) {
    try {
      const words = JSON.parse(text) as unknown;
      if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
    } catch {
      // Then it is the other form, with a bracket in a name.
    }
  }
  return instructionWords(text, escape);
}

/** A path of the image from the working directory; a slash at its end stays: it names a directory. */
function absolute(workdir: string | undefined, path: string): string {
  const segments: string[] = [];
  for (const segment of (path.startsWith('/') ? path : `${workdir ?? ''}/${path}`).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const directory = /(?:^|\/)\.{0,2}$/.test(path) && segments.length > 0;
  return `/${segments.join('/')}${directory ? '/' : ''}`;
}
