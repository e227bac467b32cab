import type { Rule } from '../../src/audit/rule.ts';
import type { Verdict } from '../../src/audit/finding.ts';
import { applyEdits } from '../../src/source/edits.ts';
import { filesOf } from '../../src/source/files.ts';
import { buildStack } from '../../src/stack/build.ts';
import type { LiveStack } from '../../src/stack/live.ts';
import type { Stack } from '../../src/stack/stack.ts';

export interface NginxStackOptions {
  /** Command of the app: `uvicorn main:app` when not given. */
  command?: string;
  /** Image of nginx: `nginx:1.27.3` when not given. */
  image?: string;
  /** Of main.py. */
  python?: string;
  /** More lines of the Compose file: of the service nginx, and whole services. */
  nginx?: readonly string[];
  services?: readonly string[];
  /** false: nginx publishes no port. */
  published?: boolean;
  live?: LiveStack;
}

const configPath = 'nginx/nginx.conf';

/** A stack of nginx with this configuration in front of an app called `backend`. */
export function nginxTexts(config: string, options: NginxStackOptions = {}): ReadonlyMap<string, string> {
  const { command = 'uvicorn main:app', image = 'nginx:1.27.3', python, nginx = [], services = [] } = options;
  const compose = [
    'services:',
    '  backend:',
    '    build: ./backend',
    '  nginx:',
    `    image: ${image}`,
    ...(options.published === false ? [] : ["    ports: ['80:80']"]),
    `    volumes: ['./${configPath}:/etc/nginx/nginx.conf:ro']`,
    ...nginx.map((line) => `    ${line}`),
    ...services.map((line) => `  ${line}`),
    '',
  ].join('\n');
  return new Map([
    ['docker-compose.yml', compose],
    ['backend/Dockerfile', `FROM python:3.13-slim\nCMD ${JSON.stringify(command.split(' '))}\n`],
    [configPath, config],
    ...(python === undefined ? [] : [['backend/main.py', python] as const]),
  ]);
}

export function stackOf(texts: ReadonlyMap<string, string>, live?: LiveStack): Stack {
  return buildStack({
    files: filesOf(texts),
    compose: { paths: ['docker-compose.yml'], env: {} },
    ...(live && { live }),
  });
}

export function nginxStack(config: string, options: NginxStackOptions = {}): Stack {
  return stackOf(nginxTexts(config, options), options.live);
}

/** An `http` part with one server. */
export function inServer(...lines: readonly string[]): string {
  return inHttp('server {', '  listen 80;', ...lines.map((line) => `  ${line}`), '}');
}

export function inHttp(...lines: readonly string[]): string {
  return ['events {}', 'http {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
}

const noPlan = (): never => {
  throw new Error('No rule about nginx asks for the plan.');
};

/** What a rule says of the one nginx of a stack. */
export function verdictOf(rule: Rule, stack: Stack): Verdict | undefined {
  return rule.evaluate(stack, { plan: noPlan })[0];
}

/** The files after a rule's fix. */
export function fixed(
  rule: Rule,
  texts: ReadonlyMap<string, string>,
  live?: LiveStack,
): ReadonlyMap<string, string> {
  const edits = verdictOf(rule, stackOf(texts, live))?.fix?.edits ?? [];
  return new Map(
    [...texts].map(([path, text]) => [
      path,
      applyEdits(
        text,
        edits.filter((edit) => edit.path === path),
      ),
    ]),
  );
}
