import { expect } from 'vitest';
import { auditOrders, startLoad } from '../load.ts';
import type { CliResult } from '../run-cli.ts';
import { expectTrue, leftovers, look, type Seen } from './state.ts';
import type { World } from './world.ts';

/** How a command ends on a server; each has its exit codes and its word in the ledger. */
export type Ending = keyof typeof endings;

const endings = {
  /** The new release serves. */
  live: { codes: [0], ledger: 'live' },
  /** It serves and is recorded; only the client was killed before it could say so. */
  unsaid: { codes: [null], ledger: 'live' },
  /** It had traffic, and the one before was put back. */
  restored: { codes: [5], ledger: 'restored' },
  /** It never had traffic. */
  failed: { codes: [4], ledger: 'failed' },
  interrupted: { codes: [130], ledger: 'interrupted' },
  /** The client was killed, or could not come back: the ledger has no end yet. */
  unfinished: { codes: [null, 6, 3], ledger: undefined },
  /** Nothing was begun. */
  refused: { codes: [1, 2, 3, 4, 7, 130, null], ledger: 'none' },
} as const;

/** One fault at one moment of one command. */
export interface Cell {
  fault: string;
  /** Where it strikes, as people say it. */
  at: string;
  /** Words behind `ops`; a deploy, if not said. */
  command?: readonly string[];
  /** Files of the commit that is released. */
  files?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  settings?: Readonly<Record<string, unknown>>;
  /** Before the command starts; the commit is pushed already. */
  before?: (world: World) => Promise<unknown>;
  /** As soon as the command prints this. */
  when?: { says: string; do: (world: World, child: Child) => unknown };
  /** The world around mends itself: the network comes back, the disk has room. Never what ops has to mend. */
  after?: (world: World) => Promise<unknown>;
  /** Files of a commit that is pushed before the next deploy: a bad release is mended by a good one. */
  mended?: Readonly<Record<string, string>>;
  /** What a person does who was told, once the next release is live. */
  tidy?: (world: World) => Promise<unknown>;
  /** Words of the next command, where a plain deploy needs an answer. */
  next?: readonly string[];
  ends: readonly Ending[];
  /** What a person must be told. */
  tells?: RegExp;
  /** Why requests may fail: the fault itself stops what serves, or downtime was announced and agreed to. */
  outage?: string;
  /**
   * The app itself dies at its work. Between its commit and its answer that is a request without an answer, which nginx
   * sends to another container, for the shop's ids allow it: such an order is placed once, and handled twice.
   */
  crashes?: boolean;
}

export interface Child {
  kill: (signal: NodeJS.Signals) => void;
}

/** A row of the table. */
export interface Row {
  fault: string;
  at: string;
  command: string;
  /** Undefined: the cell failed before that was known. */
  ended?: Ending;
  /** null: ended by a signal. */
  code?: number | null;
  /** Of the load: during the command and the next deploy. */
  requests?: number;
  failed?: number;
  outage?: string;
}

/** What is known of a cell before it has run. */
export function emptyRow({ fault, at, command = ['deploy'], outage }: Cell): Row {
  return {
    fault,
    at,
    command: `ops ${command[0] ?? ''}`,
    ...(outage === undefined ? {} : { outage }),
  };
}

declare module 'vitest' {
  interface TaskMeta {
    row?: Row;
    figure?: { what: string; found: string };
  }
}

let count = 0;
/** The last cell got to its end, at which everything was seen to be as it should. */
let sound = false;

/**
 * Runs a command with a fault under load of pages and slow orders, then the next deploy, and asserts what must hold
 * whatever happens: the site answers, no order is lost or doubled, the exit code and the message tell what happened,
 * the ledger tells the truth, and the next deploy succeeds and leaves nothing behind.
 */
export async function runCell(world: World, cell: Cell): Promise<Row> {
  if (!sound) await ready(world);
  sound = false;
  const { server } = world;
  count += 1;
  const version = `${count}: ${cell.fault}, ${cell.at}`;
  world.configure(cell.settings);
  if (cell.command === undefined || cell.files !== undefined) await world.push(version, cell.files);
  await cell.before?.(world);
  const old = await look(server);
  const load = startLoad(server.url(), { connections: 6 });
  try {
    const command = cell.command ?? ['deploy'];
    const result = await strike(world, cell, command);
    await cell.after?.(world);
    const seen = await answering(world);
    const ended = endingOf(cell, result, old, seen);
    expectServed(cell, ended, seen, old);
    expectTold(world, cell, ended, result);
    world.configure();
    const wanted = cell.mended === undefined ? undefined : `${version}, mended`;
    if (wanted !== undefined) await world.push(wanted, cell.mended);
    const next = await world.ops(cell.next ?? ['deploy', '--lock-wait', '90s']);
    expect([next.code, next.code === 0 ? '' : next.stderr]).toEqual([0, '']);
    const report = await load.stop();
    const last = await look(server);
    if (wanted !== undefined || cell.command === undefined) expect(last.version).toBe(wanted ?? version);
    expectTrue(last);
    await cell.tidy?.(world);
    expect(await leftovers(server)).toBe('');
    const { failed, requests, reasons } = report;
    if (cell.outage === undefined) expect({ failed, reasons }).toEqual({ failed: 0, reasons: {} });
    const orders = await auditOrders(server.url(), report);
    expect(orders).toMatchObject(cell.crashes === true ? { lost: 0 } : { lost: 0, doubled: 0 });
    sound = true;
    return { ...emptyRow(cell), ended, code: result.code, requests, failed };
  } finally {
    await load.stop();
    for (const wire of world.wires) wire.mend();
    world.configure();
  }
}

/** A cell that failed must not make the next one fail, nor what an earlier run has left the first. */
async function ready(world: World): Promise<void> {
  const clean = await leftovers(world.server).catch((error: unknown) => String(error));
  const seen = clean === '' && count === 0 ? await look(world.server) : undefined;
  if (seen?.version === undefined || seen.live?.commit !== seen.head) await world.begin();
}

async function strike(world: World, cell: Cell, command: readonly string[]): Promise<CliResult> {
  let child: Child | undefined;
  let printed = '';
  let struck: Promise<unknown> | undefined;
  const result = await world.ops(command, {
    ...(cell.env ? { env: cell.env } : {}),
    onStart: (process) => (child = process),
    onStderr: (text) => {
      printed += text;
      if (cell.when === undefined || child === undefined || !printed.includes(cell.when.says)) return;
      struck ??= Promise.resolve(cell.when.do(world, child));
    },
  });
  if (cell.when !== undefined && struck === undefined)
    throw new Error(`ops never said "${cell.when.says}":\n${result.stderr}`);
  await struck;
  return result;
}

/** An outage that the fault itself makes ends by itself. */
async function answering(world: World): Promise<Seen> {
  const end = performance.now() + 90_000;
  for (;;) {
    const seen = await look(world.server);
    if (seen.version !== undefined || performance.now() > end) return seen;
  }
}

function endingOf(cell: Cell, result: CliResult, old: Seen, seen: Seen): Ending {
  const begun = seen.last?.id !== old.last?.id;
  const word = begun ? seen.last?.finished?.outcome : 'none';
  const found = cell.ends.find((ending) => {
    const { codes, ledger } = endings[ending];
    return ledger === word && (codes as readonly (number | null)[]).includes(result.code);
  });
  if (found !== undefined) return found;
  throw new Error(
    `Expected ${cell.ends.join(' or ')}, but the exit code is ${String(result.code)} and the ledger says ${word ?? 'nothing yet'}.\n${result.stdout}\n${result.stderr}`,
  );
}

function expectServed(cell: Cell, ended: Ending, seen: Seen, old: Seen): void {
  expect(seen.version).toBeDefined();
  // Between two steps of an unfinished release either may answer.
  if (ended === 'unfinished') return;
  if (ended === 'live' || ended === 'unsaid') {
    if (cell.command === undefined) expect(seen.version).not.toBe(old.version);
  } else expect(seen.version).toBe(old.version);
  // Where nothing was begun, everything is as somebody left it.
  if (ended === 'refused')
    expect([seen.head, seen.images, seen.last]).toEqual([old.head, old.images, old.last]);
  else expectTrue(seen);
}

/** What happened, where, and what to do next; never a stack trace. */
function expectTold(
  world: World,
  { tells, command }: Cell,
  ended: Ending,
  { code, stderr, stdout }: CliResult,
): void {
  const said = stderr + stdout;
  expect(said).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  if (tells) expect(said).toMatch(tells);
  if (ended === 'live' || code === null) return;
  expect(said).toContain(world.hosts[0]);
  if (ended !== 'refused') expect(said).toMatch(/^\s+step +\S/m);
  // Who stops a look has nothing to do next.
  if (code === 130 && command?.[0] === 'check') return;
  expect(said).toMatch(/^\s+→ \S/m);
}
