import dotenv from 'dotenv';
import type { Provenance } from './config.ts';
import { explainIssues } from './issues.ts';
import type { Given, Layer } from './layer.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { settingList, type SettingPath } from './settings.ts';

/** The variable that chooses a target; every other one belongs to a setting. */
export const targetVariable = 'OPS_TARGET';

/** Every variable that ops reads. */
export const variableNames: readonly string[] = [
  targetVariable,
  ...settingList.flatMap(({ env }) => (env === undefined ? [] : [env])),
];

type Variables = Readonly<Record<string, string | undefined>>;

export interface VariableReading {
  layer: Layer;
  target?: string;
  problems: readonly Problem[];
  /** Variables that begin with OPS_ and mean nothing, each with what may have been meant. */
  unknown: readonly { name: string; text: string }[];
}

/** Reads settings from variables; an empty one counts as absent. `locate` gives the line of a variable in its file. */
export function readVariables(
  variables: Variables,
  source: Provenance['source'],
  where: string,
  base: string,
  locate: (name: string) => number | undefined = () => undefined,
): VariableReading {
  const values = new Map<SettingPath, Given>();
  const problems: Problem[] = [];
  for (const { path, env, type } of settingList) {
    const text = env === undefined ? undefined : variables[env]?.trim();
    if (env === undefined || text === undefined || text === '') continue;
    const input = type.fromText(text);
    const parsed = type.schema.safeParse(input);
    const line = locate(env);
    if (parsed.success) {
      values.set(path, { value: parsed.data, detail: env });
      continue;
    }
    for (const issue of explainIssues(parsed.error.issues, input)) {
      const said = type.secret === true ? withoutFound(issue.text) : issue.text;
      problems.push({ where, ...(line === undefined ? {} : { line }), text: `${env}: ${said}` });
    }
  }
  const target = variables[targetVariable]?.trim();
  return {
    layer: { source, base, values },
    ...(target === undefined || target === '' ? {} : { target }),
    problems,
    unknown: unknownVariables(variables),
  };
}

function withoutFound(text: string): string {
  return text.replace(/, found .*$/s, '; the value is not shown, it is a secret');
}

/** Reads `.env` without touching the process; unknown OPS_ variables are problems, all others are none of our business. */
export function readDotenv(text: string, where: string, base: string): VariableReading {
  const locate = (name: string): number | undefined => lineOf(text, name);
  const reading = readVariables(dotenv.parse(text), '.env', where, base, locate);
  const unknown = reading.unknown.map(({ name, text: said }): Problem => {
    const line = locate(name);
    return { where, ...(line === undefined ? {} : { line }), text: said };
  });
  const byLine = (a: Problem, b: Problem): number => (a.line ?? 0) - (b.line ?? 0);
  return { ...reading, problems: [...reading.problems, ...unknown].toSorted(byLine), unknown: [] };
}

/** Not settings, and no mistakes either: what hooks are given, for they may call ops, and what oclif itself reads. */
const foreign = new Set([
  'OPS_RELEASE',
  'OPS_KIND',
  'OPS_COMMIT',
  'OPS_SUBJECT',
  'OPS_PREVIOUS_COMMIT',
  'OPS_BY',
  'OPS_OUTCOME',
  'OPS_RUN_ID',
  'OPS_CONTENT_TYPE',
  'OPS_NEW_VERSION_AVAILABLE',
  'OPS_SKIP_NEW_VERSION_CHECK',
  'OPS_HOSTS',
  'OPS_ACTOR',
]);

function unknownVariables(variables: Variables): { name: string; text: string }[] {
  return Object.keys(variables)
    .filter((name) => /^OPS_[A-Z]/.test(name) && !variableNames.includes(name) && !foreign.has(name))
    .map((name) => {
      const near = nearest(name, variableNames);
      const hint = near === undefined ? '.env.example lists the known ones' : `did you mean ${near}?`;
      return { name, text: `unknown variable ${name}; ${hint}` };
    });
}

function lineOf(text: string, name: string): number | undefined {
  const lines = text.split(/\r\n|\n|\r/);
  const index = lines.findLastIndex((line) => {
    const start = line.trimStart().replace(/^export\s+/, '');
    return start.startsWith(name) && /^\s*[=:]/.test(start.slice(name.length));
  });
  return index === -1 ? undefined : index + 1;
}
