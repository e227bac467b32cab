import type { FinishedEntry, LedgerEntry, StartedEntry } from './entry.ts';
import { entrySchema } from './schema.ts';

/** One release as the ledger tells it; `finished` is missing while it is under way or when its client died. */
export interface Release extends Omit<StartedEntry, 'v' | 'event'> {
  finished?: Omit<FinishedEntry, 'v' | 'event' | 'id'>;
}

export interface Ledger {
  /** Oldest first. */
  releases: readonly Release[];
  /** Lines that could not be read: a torn write, a newer version of ops, an entry that somebody has changed. */
  unreadable: number;
  /** Of these, the whole ones: JSON, but no entry as this version writes it. None: undefined. */
  distrusted?: number;
}

/** Reads the append-only JSON lines; a torn or foreign line is counted and skipped, never fatal. */
export function parseLedger(text: string): Ledger {
  const releases = new Map<string, Release>();
  let unreadable = 0;
  let distrusted = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const value = json(line);
    const entry = entrySchema.safeParse(value).data;
    if (!entry) {
      unreadable += 1;
      if (value !== undefined) distrusted += 1;
    } else if (entry.event === 'started') {
      const { v: _v, event: _event, ...release } = entry;
      releases.set(entry.id, release);
    } else {
      const { v: _v, event: _event, id, ...finished } = entry;
      const release = releases.get(id);
      if (release) release.finished = finished;
      else unreadable += 1;
    }
  }
  return {
    releases: [...releases.values()],
    unreadable,
    ...(distrusted === 0 ? {} : { distrusted }),
  };
}

/** Undefined where a line is torn: JSON has no such value. */
function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** One line of the file; JSON escapes every line break. */
export function ledgerLine(entry: LedgerEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The release that serves: the last one that ended as `live`. */
export function liveRelease(ledger: Ledger): Release | undefined {
  return ledger.releases.findLast((release) => release.finished?.outcome === 'live');
}

/** A release that was begun last and never ended: its client died, or it is under way right now. */
export function unfinishedRelease(ledger: Ledger): Release | undefined {
  const last = ledger.releases.at(-1);
  return last && !last.finished ? last : undefined;
}

/** A sentence for people about lines that were skipped. */
export function unreadableText({ unreadable, distrusted }: Ledger): string {
  const lines = unreadable === 1 ? '1 line of the ledger' : `${unreadable} lines of the ledger`;
  const why =
    distrusted === undefined ? '' : `, ${distrusted} of them whole, but not as this version writes them`;
  return `${lines} could not be read${why}; what they say is not trusted, and they are left as they are.`;
}
