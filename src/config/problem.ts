import { UsageError } from '../errors.ts';

/** One thing that is wrong with the configuration, and where. */
export interface Problem {
  /** File as the user would name it, `environment`, or a flag such as `--port`. */
  where: string;
  /** Counted from 1. */
  line?: number;
  column?: number;
  text: string;
}

/** Problems that are told one by one; whoever has more has given another file. */
const mostLines = 100;

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends UsageError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    const [first] = problems;
    const lines = problems.slice(0, mostLines).map(problemLine);
    const rest = problems.length > mostLines ? [`… and ${problems.length - mostLines} more`] : [];
    super('CONFIG_INVALID', [`The configuration has ${count}:`, ...lines, ...rest].join('\n'), {
      next: ['docs/configuration.md explains every setting.'],
      ...(first?.line === undefined ? {} : { place: { file: first.where, line: first.line } }),
    });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `ops.yaml:3:1: unknown key "brnch"; did you mean "branch"?` */
export function problemLine({ where, line, column, text }: Problem): string {
  const place = [where, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${text}`;
}
