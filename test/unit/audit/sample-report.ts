import { buildReport, ruleInfo, toFinding, toProblem } from '../../../src/audit/build-report.ts';
import type { Verdict } from '../../../src/audit/finding.ts';
import { numberFingerprints } from '../../../src/audit/fingerprint.ts';
import type { AuditReport, Finding } from '../../../src/audit/report.ts';
import type { Rule } from '../../../src/audit/rule.ts';
import { filesOf } from '../../../src/source/files.ts';
import type { Span } from '../../../src/source/span.ts';

/** Text that breaks formats: markup, commands of terminals and of CI, table cells, long lines. */
export const nasty = {
  markup: '<script>alert("x")</script> & <b>',
  terminal: '\u001B[2J\u001B]0;title\u0007',
  command: 'first\r\n::error::injected 100%',
  table: 'a | b `c` [d](e) *f* _g_',
  unicode: 'größer 日本語 😀 \u202Ereversed',
  long: `--flag=${'x'.repeat(3_000)}`,
};

export const texts = new Map([
  [
    'docker-compose.yml',
    [
      'services:',
      '  backend:',
      '    build: ./backend',
      '    command: uvicorn main:app --host 0.0.0.0 --port 8000',
      '    environment:',
      '      DATABASE_URL: postgresql://shop:hunter2@db/shop',
      '  db:',
      '    image: postgres:17',
      '',
    ].join('\n'),
  ],
  [
    'nginx/nginx.conf',
    [
      'http {',
      '\tserver {',
      '\t\tlocation / {',
      '\t\t\tproxy_pass http://backend:8000;',
      '\t\t\tproxy_read_timeout 300s;',
      '\t\t}',
      '\t\tlocation /api/ {',
      '\t\t\tproxy_pass http://backend:8000;',
      '\t\t\tproxy_read_timeout 300s;',
      '\t\t}',
      '\t}',
      '}',
      '',
    ].join('\n'),
  ],
  [
    'a b/übung#1: x.py',
    `${nasty.terminal}${nasty.markup} ${nasty.table}\n${nasty.long}\n${nasty.unicode}\n\`\`\`\n::error::x\n`,
  ],
]);
export const files = filesOf(texts, new Map([['secret.env', 'no permission to read it']]));

export function span(path: string, words: string, from = 0): Span {
  const text = texts.get(path) ?? '';
  const start = text.indexOf(words, from);
  if (start === -1) throw new Error(`${path} has no ${words}`);
  return { path, start, end: start + words.length };
}

export function makeRule(change: Partial<Rule> & Pick<Rule, 'id'>): Rule {
  return {
    category: 'app',
    severity: 'high',
    title: { fail: `${change.id} fails`, pass: `${change.id} passes` },
    why: 'Why it **matters**, with `code`.\n\n- one\n- two\n\nSee [the manual](https://example.org/a?b=1&c=2).',
    references: ['https://example.org/reference'],
    evaluate: () => [],
    ...change,
  };
}

const workers = makeRule({
  id: 'app-single-worker',
  cause: 1,
  title: { fail: 'A single worker process serves all requests', pass: 'Several workers serve requests' },
});
const cache = makeRule({
  id: 'nginx-no-cache',
  category: 'proxy',
  severity: 'medium',
  cause: 2,
  title: { fail: 'nginx caches nothing', pass: 'nginx caches answers' },
});
const timeouts = makeRule({
  id: 'nginx-long-timeouts',
  category: 'proxy',
  severity: 'medium',
  cause: 7,
  title: { fail: 'The proxy waits too long', pass: 'The proxy gives up in time' },
});
const memory = makeRule({ id: 'postgres-shared-memory', category: 'database', severity: 'critical' });
const odd = makeRule({ id: 'odd-text', severity: 'low', title: { fail: nasty.table, pass: 'fine' } });
const swap = makeRule({
  id: 'host-no-swap',
  category: 'resources',
  severity: 'info',
  title: { fail: 'The host has no swap', pass: 'The host has swap' },
});
export const sampleRules = [workers, cache, timeouts, memory, odd, swap];

const command = span('docker-compose.yml', 'uvicorn main:app --host 0.0.0.0 --port 8000');
const strange = 'a b/übung#1: x.py';

const verdicts: readonly (readonly [Rule, Verdict])[] = [
  [swap, { status: 'pass', subject: 'host', confidence: 'live', message: '2 GB of swap.' }],
  [memory, { status: 'notApplicable', subject: 'db', confidence: 'static', message: 'No parallel workers.' }],
  [
    cache,
    {
      status: 'unknown',
      subject: 'edge',
      confidence: 'static',
      message: '`conf.d/*.conf` is not among the files.',
    },
  ],
  [
    odd,
    {
      status: 'fail',
      subject: nasty.markup,
      confidence: 'static',
      message: `${nasty.command} ${nasty.terminal} ${nasty.markup} ${nasty.table} ${nasty.unicode}`,
      at: span(strange, nasty.long),
      current: nasty.table,
      expected: nasty.markup,
      evidence: [
        { at: span(strange, '```'), text: '```\n::error::x' },
        { source: nasty.command, text: 'PASSWORD=hunter2' },
      ],
      fix: { title: nasty.command, edits: [], manual: 'Do *this* by hand.', requires: 'reload' },
    },
  ],
  [
    timeouts,
    {
      status: 'fail',
      subject: 'nginx',
      confidence: 'static',
      message: 'nginx waits 300 s for the app.',
      at: span('nginx/nginx.conf', 'proxy_read_timeout 300s;'),
      current: '300s',
      expected: '60s',
      fix: {
        title: 'Wait 60 s at most',
        edits: [{ ...span('nginx/nginx.conf', '300s'), text: '60s' }],
        requires: 'reload',
      },
    },
  ],
  [
    timeouts,
    {
      status: 'fail',
      subject: 'nginx',
      confidence: 'static',
      message: 'nginx waits 300 s for the app under `/api/`.',
      at: span('nginx/nginx.conf', 'proxy_read_timeout 300s;', 110),
      current: '300s',
      expected: '60s',
    },
  ],
  [
    cache,
    {
      status: 'opportunity',
      subject: 'nginx',
      confidence: 'measured',
      message: 'All 4,210 requests reached the app.',
      at: span('nginx/nginx.conf', 'proxy_pass http://backend:8000;'),
    },
  ],
  [
    workers,
    {
      status: 'fail',
      subject: 'backend',
      confidence: 'static',
      message: '`uvicorn main:app` runs 1 worker process on 2 CPUs.',
      at: command,
      current: '1 worker',
      expected: '4 workers',
      evidence: [
        { at: command, text: 'uvicorn main:app' },
        { source: 'docker inspect shop-backend-1', text: '1 process' },
      ],
      fix: {
        title: 'Start uvicorn with 4 workers',
        edits: [{ path: command.path, start: command.end, end: command.end, text: ' --workers 4' }],
        requires: 'recreate',
        risk: 'Each worker has its own pool.',
      },
    },
  ],
  [
    memory,
    {
      status: 'fail',
      subject: 'db',
      confidence: 'live',
      message: 'db has 64 MB of shared memory.',
      evidence: [{ source: 'docker inspect shop-db-1', text: 'ShmSize 67108864' }],
    },
  ],
];

export const sampleFindings: readonly Finding[] = numberFingerprints(
  verdicts.map(([rule, verdict]) => toFinding(verdict, rule, files)),
);

/** A report with something of every kind; `change` replaces parts of it. */
export function sampleReport(
  change: Partial<Omit<Parameters<typeof buildReport>[0], 'findings'>> & {
    findings?: readonly Finding[];
  } = {},
): AuditReport {
  return buildReport({
    tool: { name: 'ops', version: '1.2.3' },
    at: '2026-11-23T16:00:00.000Z',
    subject: { name: 'shop', kind: 'directory' },
    stack: {
      services: [
        { name: 'backend', role: 'app', replicas: 1, server: 'uvicorn', workers: 1 },
        { name: 'db', role: 'postgres', replicas: 1, version: '17' },
        { name: 'nginx', role: 'proxy', replicas: 1, version: '1.26' },
      ],
      machine: { cpus: 2, memoryBytes: 2 * 1024 ** 3, source: 'given' },
      composeFiles: ['docker-compose.yml'],
      files: texts.size,
    },
    rules: sampleRules.map((rule) => ruleInfo(rule, 'https://example.org/rules')),
    findings: sampleFindings,
    problems: [
      toProblem(
        {
          kind: 'missing',
          path: 'nginx/conf.d/site.conf',
          at: span('nginx/nginx.conf', 'server {'),
          message: 'The included file is not there.',
        },
        files,
      ),
      toProblem({ kind: 'unreadable', path: 'secret.env', message: nasty.command }, files),
    ],
    ...change,
  });
}

/** The finding of a rule with something done to it. */
export function withFinding(rule: string, change: Partial<Finding>): readonly Finding[] {
  return sampleFindings.map((finding) => (finding.rule === rule ? { ...finding, ...change } : finding));
}
