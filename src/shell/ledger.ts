import type { LedgerEntry } from '../ledger/entry.ts';
import { ledgerLine } from '../ledger/ledger.ts';
import { ledgerPath } from './ops-dir.ts';
import { quote } from './quote.ts';

/** Appends one entry: one `write` of a whole line, then to disk; a torn last line is closed first. */
export function appendLedger(entry: LedgerEntry): string {
  return [
    '( umask 077',
    `[ ! -s ${ledgerPath} ] || [ -z "$(tail -c 1 ${ledgerPath})" ] || echo >> ${ledgerPath}`,
    `printf '%s' ${quote(ledgerLine(entry))} >> ${ledgerPath}`,
    `sync ${ledgerPath} 2>/dev/null || sync )`,
  ].join('\n');
}

/** Runs the lines only while the ledger has no end of that release: it may have come since we looked. */
export function ifUnfinished(id: string, lines: readonly string[]): string {
  const end = `"event":"finished","id":${JSON.stringify(id)}`;
  return [`if ! grep -qF ${quote(end)} ${ledgerPath}; then`, ...lines, 'fi'].join('\n');
}
