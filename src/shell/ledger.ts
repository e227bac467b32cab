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
