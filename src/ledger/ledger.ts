import type { FinishedEntry, LedgerEntry, StartedEntry } from './entry.ts';

/** One release as the ledger tells it; `finished` is missing while it is under way or when its client died. */
export interface Release extends Omit<StartedEntry, 'v' | 'event'> {
  finished?: Omit<FinishedEntry, 'v' | 'event' | 'id'>;
}

export interface Ledger {
  /** Oldest first. */
  releases: readonly Release[];
  /** Lines that could not be read: a torn write, or a newer version of ops. */
  unreadable: number;
}

/** Reads the append-only JSON lines; a torn or foreign line is counted and skipped, never fatal. */
export function parseLedger(text: string): Ledger {
  const releases = new Map<string, Release>();
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const entry = parseEntry(line);
    if (!entry) unreadable += 1;
    else if (entry.event === 'started') {
      const { v: _v, event: _event, ...release } = entry;
      releases.set(entry.id, release);
    } else {
      const { v: _v, event: _event, id, ...finished } = entry;
      const release = releases.get(id);
      if (release) release.finished = finished;
      else unreadable += 1;
    }
  }
  return { releases: [...releases.values()], unreadable };
}

function parseEntry(line: string): LedgerEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const entry = value as Partial<LedgerEntry>;
    if (entry.v !== 1 || typeof entry.id !== 'string' || typeof entry.at !== 'string') return undefined;
    if (entry.event === 'started')
      return typeof entry.commit === 'string' && typeof entry.tree === 'string'
        ? (entry as StartedEntry)
        : undefined;
    if (entry.event === 'finished')
      return typeof entry.outcome === 'string' ? (entry as FinishedEntry) : undefined;
    return undefined;
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
