import type { MappedText } from '../../source/mapped.ts';
import type { Located, Span } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';

export interface DockerInstruction {
  /** Upper case. */
  name: string;
  /** Raw text behind the name: continuation lines joined, comment lines taken out. */
  text: string;
  at: Span;
  nameAt: Span;
  /** Where the arguments stand, continuation lines and all. */
  textAt: Span;
}

/** CMD or ENTRYPOINT. */
export interface DockerCommand {
  form: 'exec' | 'shell';
  /** Exec form: its words. Shell form: one word, the script. */
  words: readonly string[];
  /** Each word, and where its characters are written. */
  sources: readonly MappedText[];
  at: Span;
}

export interface DockerStage {
  /** `python:3.12-slim`, ARGs resolved where they have a value; another stage's name is resolved to that stage. */
  image: Located<string>;
  name?: string;
  /** Index of the stage that it is built from. */
  from?: number;
  /** FROM first. */
  instructions: readonly DockerInstruction[];
  at: Span;
}

export interface Dockerfile {
  path: string;
  /** The file's text: commands are looked up in it again. */
  text: string;
  /** Continues a line: a backslash, unless a directive says otherwise. */
  escape: '\\' | '`';
  /** Default values of the ARGs in front of the first FROM; undefined: declared without one. */
  globalArgs: ReadonlyMap<string, string | undefined>;
  stages: readonly DockerStage[];
  problems: readonly ReadProblem[];
}

/** What a container of one stage starts with: its own instructions and those of the stages that it is built from. */
export interface DockerImage {
  /** The image that the chain begins with. */
  base: Located<string>;
  cmd?: DockerCommand;
  entrypoint?: DockerCommand;
  /** ENV of the chain; later ones win. */
  env: ReadonlyMap<string, Located<string>>;
  workdir?: Located<string>;
  user?: Located<string>;
  healthcheck?: DockerInstruction;
  stopSignal?: Located<string>;
  /** COPY and ADD from the build context, in order. */
  copies: readonly { sources: readonly string[]; destination: string; at: Span }[];
}
