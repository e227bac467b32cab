import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the distributions put it. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/usr/bin/google-chrome',
];

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The path of a Chromium; on Debian and Ubuntu, as root, it is installed where it is missing.
 *
 * @throws Error that says what to install
 */
export function chromiumPath(): string {
  const known = process.env['CHROMIUM'] ?? places.find((path) => existsSync(path));
  if (known !== undefined) return known;
  const script = pathToFileURL(join(root, 'scripts/bootstrap.mjs')).href;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', `import { installTools } from '${script}'; installTools('chromium');`],
    { encoding: 'utf8' },
  );
  const path = places.find((one) => existsSync(one));
  if (status !== 0 || path === undefined) throw new Error(`There is no Chromium.\n${stderr}`);
  return path;
}

export interface OpenedPage {
  page: Page;
  /** What the page said on the console, and its errors. */
  messages: readonly string[];
  /** Addresses that it asked for, but its own. */
  requests: readonly string[];
}

/** Opens a file in a browser that has no network and a profile of its own, and hands its page over. */
export async function withPage<Result>(
  file: string,
  options: Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'javaScriptEnabled'>,
  use: (opened: OpenedPage) => Promise<Result>,
): Promise<Result> {
  const profile = mkdtempSync(join(tmpdir(), 'ops-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    args: flags,
    offline: true,
    ...options,
  });
  try {
    await context.setOffline(true);
    const page = await context.newPage();
    const address = pathToFileURL(file).href;
    const messages: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== address) requests.push(request.url());
    });
    await page.goto(address);
    return await use({ page, messages, requests });
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
