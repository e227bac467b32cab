import { expect } from 'vitest';
import { parseLedger, liveRelease, type Release } from '../../../src/ledger/ledger.ts';
import type { TestSandbox } from '../sandbox.ts';

/** What is to be seen on one server. */
export interface Seen {
  /** The version that the site says it is; undefined: it does not answer. */
  version: string | undefined;
  head: string;
  /** Image ids of running containers, by service. */
  images: Readonly<Record<string, readonly string[]>>;
  /** Newest release of the ledger, and the one that it says is live. */
  last: Release | undefined;
  live: Release | undefined;
  unreadable: number;
}

async function versionOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(5_000) });
    return response.ok ? ((await response.json()) as { version: string }).version : undefined;
  } catch {
    return undefined;
  }
}

export async function look(server: TestSandbox, host = 0): Promise<Seen> {
  const version = await versionOf(server.url(host));
  const text = await server.sh(
    [
      'cd /srv/app && git rev-parse HEAD',
      `docker ps --quiet --no-trunc --filter label=com.docker.compose.project=shop | xargs -r docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}}' | sort -u | tr "\\n" " "; echo`,
      'cat .ops/ledger.jsonl 2>/dev/null || :',
    ].join('\n'),
    { host, user: 'root' },
  );
  const [head = '', images = '', ...lines] = text.split('\n');
  const ledger = parseLedger(lines.join('\n'));
  return {
    version,
    head,
    images: byService(images.trim().split(' ')),
    last: ledger.releases.at(-1),
    live: liveRelease(ledger),
    unreadable: ledger.unreadable,
  };
}

/** Of `SERVICE IMAGE SERVICE IMAGE …`. */
function byService(words: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (let index = 0; index + 1 < words.length; index += 2) {
    const [service = '', image = ''] = words.slice(index);
    found[service] = [...(found[service] ?? []), image];
  }
  return found;
}

/** The release that the ledger calls live is the one whose commit is checked out and whose images run. */
export function expectTrue({ head, live, images }: Seen): void {
  const built = Object.entries(live?.finished?.images ?? {});
  expect(built).not.toEqual([]);
  expect({ head, images: built.map(([service]) => [service, images[service]]) }).toEqual({
    head: live?.commit,
    images: built.map(([service, { id }]) => [service, [id]]),
  });
}

/**
 * What a rollout must not leave on a server, a line each; empty: clean.
 *
 * @param containers of the project that are to be there
 */
export async function leftovers(server: TestSandbox, host = 0, containers = 3): Promise<string> {
  const script = [
    'cd /srv/app',
    '[ ! -e .ops/lock ] || echo "a lock"',
    '[ -z "$(ls -d .ops/lock.* .ops/keep .ops/checkout .ops/revert-* .ops/look.* .ops/*.ops-* /tmp/tmp.* 2>/dev/null)" ] || ls -d .ops/* /tmp/tmp.*',
    'for id in $(docker ps --quiet --filter label=com.docker.compose.service=nginx); do docker exec -u 0 "$id" grep "# ops" /etc/hosts; done',
    `[ "$(docker ps --all --quiet --filter label=com.docker.compose.project=shop | wc -l)" = ${containers} ] || docker ps --all --format "{{.Names}} {{.Status}}"`,
    'docker ps --all --filter label=dev.ops.run --format "one-off {{.Names}}"',
    'git status --porcelain; git worktree list --porcelain | grep -c ^worktree | grep -vx 1',
    'for file in $(grep -sl "OPS_RUN_ID=" /proc/[0-9]*/environ); do echo "a process of ours: $(tr "\\0" " " < "${file%environ}cmdline")"; done',
    'tail -n 1 .ops/ledger.jsonl | grep -q "\\"event\\":\\"finished\\"" || echo "an unfinished release"',
    ':',
  ].join('\n');
  return (await server.sh(script, { host, user: 'root' })).trim();
}
