import { describe, expect, it } from 'vitest';
import { evaluate, selectChecks, tally } from '../../../src/check/run.ts';
import { parseDuration } from '../../../src/config/values/duration.ts';
import { checkData, checkReport } from '../../../src/cli/reports/check.ts';
import { historyReport } from '../../../src/cli/reports/history.ts';
import { hostData } from '../../../src/cli/reports/host-data.ts';
import { logPainter } from '../../../src/cli/reports/logs.ts';
import { probeText } from '../../../src/cli/reports/probe.ts';
import { statusReport } from '../../../src/cli/reports/status.ts';
import { columns } from '../../../src/cli/reports/table.ts';
import { styleFor } from '../../../src/cli/style.ts';
import { ConnectionError } from '../../../src/errors.ts';
import type { CheckReport } from '../../../src/observe/check-target.ts';
import { history } from '../../../src/observe/history.ts';
import { hostStatus } from '../../../src/observe/status.ts';
import { healthy } from '../check/healthy.ts';

const plain = styleFor({ env: { NO_COLOR: '1' } });
const coloured = styleFor({ env: { FORCE_COLOR: '1' } });
const lost = new ConnectionError('HOST_UNREACHABLE', 'web-2 does not answer.', {
  next: ['Look at its network.'],
});
const evil = 'evil\u001B[2J\u001B]0;title\u0007\nnext line\u202E';

function report(
  change: Partial<ReturnType<typeof healthy>> = {},
  hosts: CheckReport['hosts'] = [],
): CheckReport {
  const results = evaluate(
    selectChecks([], []),
    { evidence: { ...healthy(), ...change }, unread: {} },
    { thresholds: {} },
  );
  const all = [{ host: 'web-1', value: results, roundTrips: 2 }, ...hosts];
  return {
    target: 'production',
    at: '2026-11-23T16:00:00.000Z',
    hosts: all,
    counts: tally(results),
    reason: 'ok',
  };
}

describe('the report of checks', () => {
  it('is a section a host, a line a check, and a summary', () => {
    const lines = checkReport(report(), plain, { verbose: false }).split('\n');
    expect(lines[0]).toBe('production · web-1');
    expect(lines[1]).toMatch(
      /^ {2}✔ pass {2}App workers +4 workers +1 master \+ 4 workers +backend: 5 gunicorn/,
    );
    expect(lines).toHaveLength(1 + 12 + 2);
    expect(lines.at(-1)).toBe('12 passed');
  });

  it('shows details of what is no pass, of everything when asked', () => {
    const slow = { cpu: { windowSeconds: 1, containers: { 'db-id': 1.5, 'nginx-id': 0.1 } } };
    const text = checkReport(report(slow), plain, { verbose: false });
    expect(text).toContain('✖ fail  CPU');
    expect(text).toContain('\n      db: 75 % of the host');
    expect(text).not.toContain('First byte');
    expect(text.endsWith('1 failed, 11 passed')).toBe(true);
    expect(checkReport(report(slow), plain, { verbose: true })).toContain('First byte');
  });

  it('says which host was not checked', () => {
    const text = checkReport(report({}, [{ host: 'web-2', error: lost }]), plain, { verbose: false });
    expect(text).toContain('production · web-2\n  ✖ not checked  web-2 does not answer.');
    expect(text).toMatch(/1 host not checked, 12 passed$/);
  });

  it('lets nothing of a server drive the terminal', () => {
    const text = checkReport(
      report({ postgres: { 'db-id': { state: 'unreadable', message: evil } } }),
      coloured,
      { verbose: true },
    );
    expect(text).toContain('shop-db-1: evil next line');
    expect(text).not.toMatch(/\u001B\[2J|\u001B\]|\u0007|\u202E/);
    expect(text).toContain('\u001B[32m✔ pass');
  });

  it('is data with --json', () => {
    const data = checkData(report({}, [{ host: 'web-2', error: lost }]));
    expect(JSON.parse(JSON.stringify(data))).toMatchObject({
      target: 'production',
      counts: { pass: 12, fail: 0 },
      hosts: [
        {
          host: 'web-1',
          checks: expect.arrayContaining([
            expect.objectContaining({ id: 'cpu', status: 'pass', unit: '%' }),
          ]) as unknown,
        },
        { host: 'web-2', error: { code: 'HOST_UNREACHABLE', message: 'web-2 does not answer.' } },
      ],
    });
  });
});

describe('the report of status', () => {
  const facts = healthy();

  it('is one screen', () => {
    expect(
      statusReport('production', [{ host: 'web-1', value: hostStatus(facts), roundTrips: 2 }], plain).split(
        '\n',
      ),
    ).toEqual([
      'production · web-1',
      '  release   20261123T100000-1a2b3c4  1a2b3c4 Faster  (2026-11-23 10:00 UTC by ann@laptop)',
      '  checkout  1a2b3c4 on main',
      '  engine    Docker 26.1.5, Compose 2.26.1',
      '  lock      free',
      '',
      expect.stringMatching(
        /^ {2}● {2}nginx \(proxy\) {2}1\/1 {2}healthy {2}up .* {2}shop-nginx nginx$/,
      ) as string,
      expect.stringMatching(/^ {2}● {2}backend {8}1\/1 {2}healthy/) as string,
      expect.stringMatching(/^ {2}● {2}db {13}1\/1 {2}healthy/) as string,
    ]);
  });

  it('shows lock, unfinished work, rolled-back commits and trouble', () => {
    const [live] = facts.ledger.releases;
    if (!live) throw new Error('no release');
    const { finished: _finished, ...begun } = live;
    const held = {
      state: 'held',
      run: 'r',
      silentSeconds: 3,
      owner: { run: 'r', by: `bob${evil}`, at: '2026-11-23T16:00:00.000Z', what: 'deploy' },
    } as const;
    const value = hostStatus({
      ...facts,
      lock: held,
      compose: { state: 'invalid', message: evil },
      ledger: {
        unreadable: 0,
        releases: [
          { ...live, kind: 'rollback', undone: ['f'.repeat(40)] },
          { ...begun, id: 'next' },
        ],
      },
    });
    const text = statusReport(
      'production',
      [
        { host: 'web-1', value, roundTrips: 2 },
        { host: 'web-2', error: lost },
      ],
      plain,
    );
    expect(text).toMatch(
      /lock +held by bobevil next line since 2026-11-23 16:00 UTC: deploy \(last heard from 3\.0 s ago\)/,
    );
    expect(text).toMatch(/rolled back +fffffff/);
    expect(text).toMatch(/problem +Compose: evil next line/);
    expect(text).not.toContain('unfinished');
    expect(text).toContain('✖ web-2 does not answer.');
    const free = hostStatus({
      ...facts,
      ledger: { unreadable: 0, releases: [live, { ...begun, id: 'next' }] },
    });
    expect(statusReport('production', [{ host: 'web-1', value: free, roundTrips: 2 }], plain)).toMatch(
      /unfinished +next .*the next deploy recovers/,
    );
  });
});

it('the report of history is newest first, with what was measured', () => {
  const { ledger } = healthy();
  const [live] = ledger.releases;
  if (!live?.finished) throw new Error('no release');
  const probe = {
    requests: 2431,
    failed: 0,
    longestGapMs: 38,
    p50Ms: 1,
    p95Ms: 2,
    maxMs: 3,
    servedBefore: true,
  };
  const measured = { ...live, subject: evil, finished: { ...live.finished, probe, detail: 'as planned' } };
  const text = historyReport(
    'production',
    [{ host: 'web-1', value: history({ unreadable: 0, releases: [live, measured] }, 9), roundTrips: 2 }],
    plain,
  );
  expect(text.split('\n')).toEqual([
    'production · web-1',
    '  2026-11-23 10:00 UTC  live  deploy  1a2b3c4  1 min 00 s  2,431 requests, 0 failed, longest gap 38 ms  evil next line (ann@laptop): as planned',
    '  2026-11-23 10:00 UTC  live  deploy  1a2b3c4  1 min 00 s  not measured                                 Faster (ann@laptop)',
  ]);
  expect(historyReport('production', [{ host: 'web-1', value: [], roundTrips: 2 }], plain)).toContain(
    'No release was made by ops yet.',
  );
  expect(probeText({ ...probe, servedBefore: false })).toMatch(/did not answer before/);
});

it('log lines keep a colour a container and a width, and lose what drives a terminal', () => {
  const paint = logPainter(plain, true);
  expect(paint({ host: 'web-1', container: 'nginx-1', text: 'a' })).toBe('web-1 nginx-1 | a');
  expect(paint({ host: 'web-1', container: 'db-1', text: evil })).toBe('web-1 db-1    | evil next line');
  expect(logPainter(plain, false)({ host: 'web-1', container: '', text: 'from Compose' })).toBe(
    'from Compose',
  );
  const colours = logPainter(coloured, false);
  const [first, second] = ['one', 'two'].map((container) =>
    colours({ host: 'h', container, text: 'x' }).slice(0, 5),
  );
  expect(first).not.toBe(second);
});

it('a host in JSON is its value or its error with the next step', () => {
  expect(hostData({ host: 'a', value: [1], roundTrips: 2 }, 'releases')).toEqual({
    host: 'a',
    releases: [1],
  });
  expect(hostData({ host: 'b', error: lost }, 'releases')).toEqual({
    host: 'b',
    error: { code: 'HOST_UNREACHABLE', message: 'web-2 does not answer.', next: ['Look at its network.'] },
  });
});

it('columns are aligned by what a terminal shows', () => {
  expect(
    columns([
      ['\u001B[31mab\u001B[39m', 'x'],
      ['日本', 'y'],
      ['', ''],
    ]),
  ).toEqual(['  \u001B[31mab\u001B[39m    x', '  日本  y', '']);
});

it.each([
  ['500ms', 500],
  ['5s', 5_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1_500],
  ['10', 10_000],
  ['', undefined],
  ['5 minutes', undefined],
  ['-5s', undefined],
  ['1e9s', undefined],
])('duration %j is %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
