import { assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartStyle } from '../../../src/report/html/chart-style.ts';
import { reportStyle } from '../../../src/report/html/style.ts';
import { htmlReport } from '../../../src/report/html.ts';
import { benchRun, makeReport, type Part } from '../../../src/report/join.ts';
import { markdownReport } from '../../../src/report/markdown.ts';
import type { Report } from '../../../src/report/model.ts';
import type { Timeline } from '../../../src/report/timeline.ts';
import { benchResult, checksPart, deployTimeline, fast, slow } from '../../support/report-fixtures.ts';
import { sampleReport } from '../audit/sample-report.ts';

const head = { at: '2026-11-23T16:05:00.000Z', version: '1.2.3' };
const quick = { ...fast, seconds: 4, rate: 20 };
const all: readonly Part[] = [
  { kind: 'bench', bench: { runs: [benchRun('before', [benchResult(slow)])] } },
  { kind: 'bench', bench: { runs: [benchRun('after', [benchResult(fast)])] } },
  { kind: 'rollout', timeline: deployTimeline() },
  { kind: 'rollout', timeline: deployTimeline({ failAt: 'watch' }) },
  { kind: 'checks', checks: checksPart() },
  { kind: 'audit', audit: sampleReport() },
  { kind: 'audit', audit: sampleReport() },
];
const page = htmlReport(makeReport(all, head));
const voids = new Set(['meta', 'path', 'rect', 'circle']);

/** Every tag in order; throws on one that is not closed in its place. */
function tags(html: string): { name: string; attributes: string }[] {
  const open: string[] = [];
  const found: { name: string; attributes: string }[] = [];
  const content = html.replace(/<style>[\s\S]*?<\/style>/, '').replace('<!doctype html>', '');
  for (const [, slash, name = '', attributes = ''] of content.matchAll(
    /<(\/?)([a-z0-9]+)((?:\s[^<>]*?)?)\/?>/g,
  )) {
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> where <${last ?? ''}> is open`);
      continue;
    }
    found.push({ name, attributes });
    if (!voids.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`);
  return found;
}

describe('the report as a page', () => {
  it('is well-formed, with one first heading and no level skipped', () => {
    const names = tags(page).map(({ name }) => name);
    for (const name of ['header', 'main', 'footer', 'h1'])
      expect(names.filter((other) => other === name)).toHaveLength(1);
    let level = 0;
    for (const name of names.filter((other) => /^h[1-6]$/.test(other))) {
      expect(Number(name[1])).toBeLessThanOrEqual(level + 1);
      level = Number(name[1]);
    }
  });

  it('gives each id once, and every reference has its id', () => {
    const ids = new Set<string>();
    for (const [, id = ''] of page.matchAll(/ id="([^"]+)"/g)) {
      expect(ids).not.toContain(id);
      ids.add(id);
    }
    const used = [...page.matchAll(/(?:aria-labelledby="|href="#)([^"]+)"/g)].flatMap(([, list = '']) =>
      list.split(' '),
    );
    expect(used.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('needs nothing else: no script, no network, no style of an element’s own', () => {
    const found = tags(page);
    for (const name of ['script', 'link', 'img', 'iframe', 'object', 'image', 'use', 'foreignobject'])
      expect(found.map((tag) => tag.name)).not.toContain(name);
    expect(found.every(({ attributes }) => !/\s(?:on\w+|src|style)=/.test(attributes))).toBe(true);
    expect(`${reportStyle}${chartStyle}`).not.toMatch(/@import|url\(/);
    expect(page).toContain(`default-src 'none'`);
  });

  it('draws every chart twice, for wide and for narrow screens, each with its figures in a table', () => {
    const broad = page.match(/<svg class="chart broad"/g)?.length ?? 0;
    // Percentiles; rate, latency and CPU of two runs; the steps of two rollouts.
    expect(broad).toBe(9);
    expect(page.match(/<svg class="chart narrow"/g)).toHaveLength(broad);
    expect(page.match(/<figure>/g)).toHaveLength(broad);
    expect(page.match(/<summary>The figures as a table<\/summary>/g)).toHaveLength(broad);
  });

  it('says of a failed rollout what failed, and lists the requests that did', () => {
    const own = htmlReport(
      makeReport([{ kind: 'rollout', timeline: deployTimeline({ failAt: 'watch' }) }], head),
    );
    expect(own).toContain('Failed after traffic moved; the previous release was put back and serves');
    expect(own).toMatch(/<summary>\d+ requests that failed, one by one<\/summary>/);
    expect(own).toContain('<td class="bad">failed</td>');
    expect(own).toContain('>502</td>');
  });

  it('says first of all what makes figures not to be trusted', () => {
    const result = { ...benchResult(quick), invalid: ['This machine was late.'] };
    const own = htmlReport(makeReport([{ kind: 'bench', bench: { runs: [benchRun('x', [result])] } }], head));
    expect(own).toContain('these figures are not to be trusted.</strong>');
    expect(own.indexOf('This machine was late.')).toBeLessThan(own.indexOf('<h3>Figures</h3>'));
  });

  it('shows how far a ramp went', () => {
    const steps = [100, 200, 400].map((rate) => ({
      rate,
      reached: Math.min(rate, 260),
      p95: rate,
      errorShare: rate > 300 ? 0.2 : 0,
      held: rate < 300,
    }));
    const result = { ...benchResult(quick), steps };
    const own = htmlReport(makeReport([{ kind: 'bench', bench: { runs: [benchRun('x', [result])] } }], head));
    expect(own).toContain('The site kept up with 200 requests/s.');
    expect(() => tags(own)).not.toThrow();
  });

  it('stands a rollout in which nothing happened, and a run without seconds', () => {
    const empty: Timeline = { ...deployTimeline(), steps: [], moves: [], probe: [], hosts: [] };
    const { server: _, ...bare } = { ...benchResult(quick), timeline: [], requests: {} };
    const own = htmlReport(
      makeReport(
        [
          { kind: 'rollout', timeline: empty },
          { kind: 'bench', bench: { runs: [benchRun('x', [bare])] } },
        ],
        head,
      ),
    );
    expect(() => tags(own)).not.toThrow();
    expect(own).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('any text', () => {
  const text = oneof(
    string({ unit: 'binary', maxLength: 40 }),
    string({
      unit: constantFrom(
        '`',
        '|',
        '<',
        '>',
        '&',
        '"',
        "'",
        '%',
        '\n',
        '\u001B',
        '\u202E',
        'a',
        ' ',
        ']',
        '(',
        '/',
      ),
      maxLength: 40,
    }),
  );
  const shape = (html: string): string =>
    (html.replace(/<style>[\s\S]*?<\/style>/, '').match(/<\/?[a-z0-9]+/gi) ?? []).join(' ');

  function reportWith(word: string): Report {
    const timeline = deployTimeline({ failAt: 'share' });
    const result = benchResult(quick);
    const { checks } = { checks: checksPart() };
    return makeReport(
      [
        {
          kind: 'rollout',
          timeline: {
            ...timeline,
            target: word,
            release: { id: `x${word}`, commit: word, subject: word },
            hosts: timeline.hosts.map((host) => ({ ...host, error: word })),
            steps: timeline.steps.map((step) => ({ ...step, title: word })),
            moves: timeline.moves.map((move) => ({ ...move, title: word })),
            probe: timeline.probe.map((sample) => (sample.ok ? sample : { ...sample, error: word })),
          },
        },
        {
          kind: 'bench',
          bench: {
            runs: [
              benchRun(word, [
                {
                  ...result,
                  scenario: { ...result.scenario, url: word },
                  requests: { [`a${word}`]: result.total, [`b${word}`]: result.total },
                  notes: [word],
                  invalid: [word],
                  total: { ...result.total, errors: { [`x${word}`]: 3 } },
                },
              ]),
            ],
          },
        },
        {
          kind: 'checks',
          checks: {
            ...checks,
            target: word,
            hosts: checks.hosts.map((host) =>
              'error' in host
                ? { host: word, error: word }
                : {
                    host: word,
                    checks: host.checks.map((check) => ({ ...check, message: word, expected: word })),
                  },
            ),
          },
        },
      ],
      { ...head, title: `T${word}` },
    );
  }

  it('breaks out of nothing: the elements of the page stay the same', () => {
    const usual = shape(htmlReport(reportWith('word')));
    assert(
      property(text, (word) => {
        const report = reportWith(word);
        const html = htmlReport(report);
        expect(shape(html)).toBe(usual);
        expect(html).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
        const markdown = markdownReport(report);
        expect(markdown).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
        expect(markdown.match(/<\/?[a-z]+/gi)?.every((tag) => /^<\/?(?:details|summary)$/.test(tag))).toBe(
          true,
        );
      }),
      { seed: 20_261_123, numRuns: 60 },
    );
  }, 60_000);
});

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('the colours of charts', () => {
  const colours = (style: string): Map<string, string>[] =>
    [...style.matchAll(/:root \{([^}]*)\}/g)].map(
      ([, body = '']) =>
        new Map(
          [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [name, value]),
        ),
    );
  const pages = colours(reportStyle).filter((map) => map.has('page'));
  const charts = colours(chartStyle);

  it.each([
    ['light', 0],
    ['dark', 1],
  ])('can be told from the page in the %s scheme', (_name, index) => {
    const below = pages[index]?.get('page') ?? 'none';
    const of = (name: string): string => charts[index]?.get(name) ?? 'none';
    // Names of lines have their colours, so these are of text; the others are of shapes (WCAG 2.2, 1.4.11).
    expect(
      ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'bad'].filter((name) => !(contrast(of(name), below) >= 4.5)),
    ).toEqual([]);
    expect(['step'].filter((name) => !(contrast(of(name), below) >= 3))).toEqual([]);
    // Failed is told from answered by lightness too, for those who see no red.
    expect(contrast(of('bad'), of('answered'))).toBeGreaterThan(2);
  });
});
