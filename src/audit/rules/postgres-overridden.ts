import type { Stack } from '../../stack/stack.ts';
import { lineColumn, type Span } from '../../source/span.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { confidenceOf, postgresServices, sameValue, type PostgresService } from '../subjects/postgres.ts';

export const postgresOverridden = rule({
  id: 'postgres-overridden',
  category: 'database',
  severity: 'low',
  title: {
    fail: 'A setting of PostgreSQL has no effect',
    pass: 'Every setting of PostgreSQL has effect',
  },
  why: 'The command line (`-c name=value`) wins over `ALTER SYSTEM`, and that over postgresql.conf; in a file the last line wins. A configuration file that is mounted where PostgreSQL does not look, without `config_file`, is not read at all. Whoever changes the value that loses sees nothing happen.',
  example: {
    language: 'yaml',
    bad: 'services:\n  db:\n    image: postgres:17\n    volumes:\n      - ./postgresql.conf:/etc/postgresql/postgresql.conf',
    good: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c config_file=/etc/postgresql/postgresql.conf\n    volumes:\n      - ./postgresql.conf:/etc/postgresql/postgresql.conf',
  },
  references: [
    'https://www.postgresql.org/docs/current/config-setting.html',
    'https://hub.docker.com/_/postgres',
  ],
  evaluate: (stack) =>
    postgresServices(stack).flatMap((service) => {
      const found = [...unread(stack, service), ...overridden(stack, service), ...pending(service)];
      if (found.length > 0) return found;
      if (service.postgres.unseenConfig) return [];
      const count = service.postgres.settings.size;
      return count === 0
        ? []
        : [
            {
              status: 'pass' as const,
              subject: service.name,
              confidence: confidenceOf(service),
              message: `${count === 1 ? 'The one setting has' : `All ${count} settings have`} effect.`,
            },
          ];
    }),
});

/** A configuration file that is mounted, and that nothing tells PostgreSQL to read. */
function unread({ files }: Stack, service: PostgresService): Verdict[] {
  const { compose, postgres } = service;
  if (postgres.unseenConfig || !isPlain(compose.image?.value)) return [];
  return compose.mounts.flatMap(({ type, at, target, sourcePath }): Verdict[] => {
    const looksLike = /\/postgres(?:ql)?\.conf$/.test(target);
    const text = sourcePath === undefined ? undefined : files.read(sourcePath);
    if (type !== 'bind' || !looksLike || sourcePath === undefined || text === undefined) return [];
    if (postgres.configFiles?.includes(sourcePath) === true || inDataDirectory(target)) return [];
    return [
      {
        status: 'fail',
        subject: service.name,
        severity: 'medium',
        confidence: 'static',
        at,
        message: `${sourcePath} is mounted at ${target}, and nothing tells PostgreSQL to read it: none of its settings has effect.`,
        expected: `config_file=${target}`,
        evidence: [{ at, text: `${sourcePath} → ${target}` }],
        fix: {
          title: 'Tell PostgreSQL to read the file',
          edits: [],
          manual: `Add \`-c config_file=${target}\` to the command. The file then takes the place of the whole of PostgreSQL's own: it also needs \`listen_addresses = '*'\`, or no other container can connect.`,
          requires: 'recreate',
        },
      },
    ];
  });
}

/** An image that reads what is in its data directory and nothing else. */
function isPlain(image: string | undefined): boolean {
  return image !== undefined && /(?:^|\/)(?:postgres|postgis|pgvector)(?:[:@]|$)/.test(image);
}

function inDataDirectory(target: string): boolean {
  return /^\/(?:var\/lib\/postgresql|pgdata|data)\//.test(target);
}

/** Values that another place wins over. Files that override one another on purpose, by including, are left alone. */
function overridden({ files }: Stack, service: PostgresService): Verdict[] {
  return (service.postgres.overridden ?? []).flatMap(({ name, value, at, by }): Verdict[] => {
    const winner = by.source.at;
    if (winner === undefined || sameValue(name, value, by.value)) return [];
    if (by.source.by !== 'command' && winner.path !== at.path) return [];
    const where = placeText(files.read(winner.path), winner);
    return [
      {
        status: 'fail',
        subject: service.name,
        confidence: 'static',
        at,
        message: `${name} ${value} has no effect: ${by.source.by === 'command' ? 'the command line' : 'a later line'} sets ${by.value} (${where}).`,
        current: value,
        expected: by.value,
        evidence: [
          { at, text: `${name} = ${value}` },
          { at: winner, text: `${name} = ${by.value}` },
        ],
        fix: {
          title: `Set ${name} in one place`,
          edits: [],
          manual: `Keep the value of ${name} that you want, at ${where}, and remove the other.`,
          requires: 'recreate',
        },
      },
    ];
  });
}

/** `postgresql.conf:12`. */
function placeText(text: string | undefined, { path, start }: Span): string {
  return text === undefined ? path : `${path}:${lineColumn(text, start).line}`;
}

/** Settings that were changed on the running server and wait for a restart. */
function pending(service: PostgresService): Verdict[] {
  const settings = Object.entries(service.live?.postgres?.settings ?? {});
  const waiting = settings.filter(([, { pendingRestart }]) => pendingRestart).map(([name]) => name);
  if (waiting.length === 0) return [];
  return [
    {
      status: 'fail',
      subject: service.name,
      confidence: 'live',
      at: service.compose.nameAt,
      message: `${waiting.join(', ')} ${waiting.length === 1 ? 'was' : 'were'} changed and ${waiting.length === 1 ? 'waits' : 'wait'} for a restart of PostgreSQL.`,
      evidence: waiting.map((name) => ({ source: 'pg_settings', text: `${name}: pending_restart` })),
      fix: {
        title: 'Restart PostgreSQL',
        edits: [],
        manual: `Restart the service: \`docker compose restart ${service.name}\`.`,
        requires: 'restart',
      },
    },
  ];
}
