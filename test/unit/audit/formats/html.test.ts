import { describe, expect, it } from 'vitest';
import { reportStyle } from '../../../../src/report/html/style.ts';
import { escapeHtml, inlineHtml, markdownHtml } from '../../../../src/report/html/text.ts';
import { htmlReport } from '../../../../src/audit/formats/html.ts';
import { sampleReport, withFinding } from '../sample-report.ts';

const page = htmlReport(sampleReport());
const voids = new Set(['meta', 'br', 'hr', 'img', 'input', 'link']);

/** Every tag in order; throws on one that is not closed in its place. */
function tags(html: string): { name: string; attributes: string }[] {
  const open: string[] = [];
  const all: { name: string; attributes: string }[] = [];
  const content = html.replace(/<style>[\s\S]*?<\/style>/, '').replace('<!doctype html>', '');
  for (const [, slash, name = '', attributes = ''] of content.matchAll(
    /<(\/?)([a-z0-9]+)((?:\s[^<>]*)?)>/g,
  )) {
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> where <${last ?? ''}> is open`);
      continue;
    }
    all.push({ name, attributes });
    if (!voids.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`);
  return all;
}

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

describe('the report as a page', () => {
  it('is well-formed, with landmarks, one first heading, and no level skipped', () => {
    const all = tags(page);
    const names = all.map(({ name }) => name);
    for (const name of ['header', 'main', 'footer', 'h1', 'title'])
      expect(names.filter((other) => other === name)).toHaveLength(1);
    let level = 0;
    for (const name of names.filter((other) => /^h[1-6]$/.test(other))) {
      expect(Number(name[1])).toBeLessThanOrEqual(level + 1);
      level = Number(name[1]);
    }
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  it('gives each id once, and every reference has its id', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const used = [...page.matchAll(/(?:aria-labelledby="|href="#)([^"]+)"/g)].map(([, id]) => id);
    expect(used.length).toBeGreaterThan(10);
    for (const id of used) expect(ids).toContain(id);
  });

  it('needs nothing else: no script, no network', () => {
    const names = tags(page).map(({ name }) => name);
    for (const name of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'video'])
      expect(names).not.toContain(name);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
    expect(reportStyle).not.toMatch(/@import|url\(/);
    expect(tags(page).every(({ attributes }) => !/\s(?:on\w+|src|style)=/.test(attributes))).toBe(true);
  });

  it('escapes every text', () => {
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &lt;b&gt;');
    expect(page).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202E]/);
    expect(page).toContain('größer 日本語 😀');
    const evil = withFinding('odd-text', {
      message: '[x](javascript:alert(1)) <https://evil.example> "\'><img src=x>',
    });
    const own = htmlReport(sampleReport({ findings: evil }));
    expect(tags(own).map(({ name }) => name)).not.toContain('img');
    expect(own).not.toMatch(/href="(?!https:\/\/example\.org|#)/);
  });

  it('shows a finding: badge, place, marked excerpt, why, diff', () => {
    const start = page.indexOf('<article id="finding-2"');
    const article = page.slice(start, page.indexOf('</article>', start));
    expect(article).toContain('<span class="badge high">High</span> backend');
    expect(article).toContain('<code>docker-compose.yml:4:14</code>');
    expect(article).toContain(
      '<span class="marked"><span class="number">4</span>    command: <mark>uvicorn main:app --host 0.0.0.0 --port 8000</mark>\n</span>',
    );
    expect(article).toContain(
      '<h4>Why</h4>\n<p>Why it <strong>matters</strong>, with <code>code</code>.</p>',
    );
    expect(article).toContain('<span class="added">+    command: uvicorn');
    expect(article).toContain('<dt>Now</dt><dd>1 worker</dd>');
  });

  it('folds what passed, and says what could not be looked at', () => {
    expect(page).toContain('<details><summary>1 passed</summary>');
    expect(page).toContain('<h2 id="unknown">What could not be looked at</h2>');
    const clean = htmlReport(sampleReport({ findings: [], problems: [] }));
    expect(clean).toContain('Nothing was found that has to be changed.');
    expect(() => tags(clean)).not.toThrow();
  });
});

describe('the colours of the page', () => {
  const [light = '', dark = ''] = [...reportStyle.matchAll(/:root \{([^}]*--page[^}]*)\}/g)].map(
    ([, body]) => body,
  );

  it.each([
    ['light', light],
    ['dark', dark],
  ])('can be read in the %s scheme', (_name, body) => {
    const colours = new Map(
      [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]),
    );
    const of = (name: string): string => colours.get(name) ?? 'none';
    const severities = ['critical', 'high', 'medium', 'low', 'info', 'good'];
    const pairs = [
      ...['page', 'panel', 'mark', 'added', 'removed', 'hunk'].map((below) => ['text', below]),
      ...['page', 'panel'].flatMap((below) => [...severities, 'quiet', 'link'].map((name) => [name, below])),
      ...severities.map((name) => ['badge-text', name]),
    ];
    const poor = pairs.filter(([name = '', below = '']) => !(contrast(of(name), of(below)) >= 4.5));
    expect(poor).toEqual([]);
  });
});

describe('text in HTML', () => {
  it('escapes what has a meaning in it', () => {
    expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
    expect(inlineHtml('set `<a>` to <b>')).toBe('set <code>&lt;a&gt;</code> to &lt;b&gt;');
  });

  it('knows the Markdown of rules', () => {
    expect(
      markdownHtml(
        'One\nparagraph.\n\n- a\n  b\n- **c**\n\n## Then\n\n```sh\na <b>\n```\n\nSee <https://x.example/a_b> and [y](http://y.example).',
      ),
    ).toBe(
      [
        '<p>One paragraph.</p>',
        '<ul><li>a b</li><li><strong>c</strong></li></ul>',
        '<p><strong>Then</strong></p>',
        '<pre><code>a &lt;b&gt;</code></pre>',
        '<p>See <a href="https://x.example/a_b" rel="noreferrer">https://x.example/a_b</a> and <a href="http://y.example" rel="noreferrer">y</a>.</p>',
      ].join('\n'),
    );
    expect(markdownHtml('[x](javascript:alert) `<b>` <img>')).toBe(
      '<p>[x](javascript:alert) <code>&lt;b&gt;</code> &lt;img&gt;</p>',
    );
    expect(markdownHtml('1. a\n2. b')).toBe('<ol><li>a</li><li>b</li></ol>');
    expect(markdownHtml('```\nnever closed')).toBe('<pre><code>never closed</code></pre>');
  });
});
