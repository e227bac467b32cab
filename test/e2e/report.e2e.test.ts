import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variantDirectory } from '../../src/sandbox/app.ts';
import { chromiumPath, withPage } from '../support/chromium.ts';
import { benchResult, checksPart, deployTimeline, fast, slow } from '../support/report-fixtures.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ops-e2e-report-'));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const checksSource = readFileSync(new URL('../support/page-checks.js', import.meta.url), 'utf8');
/** Where screenshots stay, for people to look at. */
const pictures = process.env['OPS_TEST_PICTURES'];

function save(name: string, data: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(data));
  return file;
}

async function ops(...args: readonly string[]): Promise<CliResult> {
  return await runCli(args, { cwd: folder });
}

/** Files by what is in them, made by the built command. */
const pages: Record<string, string> = {};

beforeAll(async () => {
  chromiumPath();
  const audit = await ops('audit', variantDirectory('before'), '--json');
  writeFileSync(join(folder, 'audit.json'), audit.stdout);
  save('before.json', { version: 1, runs: [benchResult(slow)] });
  save('after.json', { version: 1, runs: [benchResult(fast)] });
  const { target, at, hosts } = checksPart();
  save('check.json', {
    version: 1,
    command: 'check',
    target,
    at,
    counts: {},
    hosts: hosts.map((host) =>
      'error' in host ? { ...host, error: { code: 'X', message: host.error } } : host,
    ),
  });
  for (const [name, failAt] of [
    ['deploy', undefined],
    ['failed', 'watch'],
  ] as const)
    save(`${name}.json`, {
      version: 1,
      kind: 'report',
      at,
      tool: { name: 'ops', version: '1.2.3' },
      rollouts: [deployTimeline(failAt === undefined ? {} : { failAt })],
    });
  const make = async (name: string, ...files: readonly string[]): Promise<void> => {
    const { code, stderr } = await ops('report', ...files, '--output', `${name}.html`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    pages[name] = join(folder, `${name}.html`);
  };
  await make('everything', 'deploy.json', 'before.json', 'after.json', 'check.json', 'audit.json');
  await make('failed', 'failed.json');
  await make('run', 'after.json');
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function check(page: Page, name: 'openAll' | 'overflow' | 'untidyText'): Promise<string[]> {
  return (await page.evaluate<string[] | undefined>(`${checksSource}; pageChecks.${name}()`)) ?? [];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const result = await axe.run();
    return result.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  });
}

const names = ['everything', 'failed', 'run'];

describe.each(names)('a report in a browser without a network: %s', (name) => {
  it.each(['light', 'dark'] as const)(
    'fits, can be read and is accessible, wide and narrow, %s',
    async (colorScheme) => {
      const viewport = { width: 1280, height: 900 };
      await withPage(pages[name] ?? '', { viewport, colorScheme }, async ({ page, messages, requests }) => {
        await check(page, 'openAll');
        for (const width of [1280, 720, 360, 320]) {
          await page.setViewportSize({ width, height: 900 });
          expect({
            width,
            overflow: await check(page, 'overflow'),
            untidy: await check(page, 'untidyText'),
            violations: width === 720 || width === 320 ? [] : await violations(page),
          }).toEqual({ width, overflow: [], untidy: [], violations: [] });
        }
        expect({ messages, requests }).toEqual({ messages: [], requests: [] });
      });
    },
  );

  it('is whole without JavaScript', async () => {
    const viewport = { width: 1280, height: 900 };
    await withPage(
      pages[name] ?? '',
      { viewport, javaScriptEnabled: false },
      async ({ page, messages, requests }) => {
        expect(await page.locator('h1').innerText()).not.toBe('');
        for (const chart of await page.locator('svg.chart.broad').all())
          expect(await chart.isVisible()).toBe(true);
        expect(await page.locator('svg.chart.narrow').first().isVisible()).toBe(false);
        await page.locator('figure summary').first().click();
        expect(await page.locator('figure details table').first().isVisible()).toBe(true);
        expect({ messages, requests }).toEqual({ messages: [], requests: [] });
        if (pictures !== undefined) {
          mkdirSync(pictures, { recursive: true });
          await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
        }
      },
    );
  });

  it('can be printed', async () => {
    const viewport = { width: 360, height: 900 };
    await withPage(pages[name] ?? '', { viewport, colorScheme: 'dark' }, async ({ page }) => {
      await page.emulateMedia({ media: 'print' });
      // On paper there is room for the broad drawings, and no dark scheme.
      expect(await page.locator('svg.chart.broad').first().isVisible()).toBe(true);
      expect(await page.locator('svg.chart.narrow').first().isVisible()).toBe(false);
      await page.emulateMedia({ media: null });
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(pdf.length).toBeGreaterThan(20_000);
    });
  });
});

describe('ops report', () => {
  it('prints Markdown, and joins what it has written itself', async () => {
    const printed = await ops('report', 'before.json', 'after.json');
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toContain('| Requests a second |');
    expect((await ops('report', 'before.json', 'after.json', '-o', 'joined.json')).code).toBe(0);
    const again = await ops('report', 'joined.json', 'audit.json', '--title', 'Release 1.4');
    expect(again.stdout).toMatch(/^# Release 1\.4\n/);
    expect(again.stdout).toContain('## Load test');
  });

  it('says what is wrong with a file, and with a name that is no report', async () => {
    save('other.json', { name: 'shop' });
    const other = await ops('report', 'other.json');
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('other.json is nothing that a report can be made of');
    expect(await ops('report')).toMatchObject({ code: 2 });
    const named = await ops('audit', variantDirectory('before'), '--report', 'out.pdf');
    expect(named).toMatchObject({ code: 2, stdout: '' });
    expect(named.stderr).toContain('.html, .md or .json');
    expect(await ops('report', 'before.json', '-o', 'no/such/out.html')).toMatchObject({ code: 2 });
  });

  it('is what --report of another command writes', async () => {
    await ops('audit', variantDirectory('before'), '--report', 'audit.html');
    expect(readFileSync(join(folder, 'audit.html'), 'utf8')).toContain('app-single-worker');
  });
});
