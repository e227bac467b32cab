import { parseLedger, type Ledger } from '../ledger/ledger.ts';
import { ledgerPath } from '../shell/ops-dir.ts';
import type { Fact } from './fact.ts';

/** Bytes of the ledger that are read: some thousand releases. */
const tail = 1024 * 1024;

export const ledger = {
  id: 'ledger',
  // The first line may be cut by `tail -c`; the parser skips it.
  script: () => `[ ! -f ${ledgerPath} ] || tail -c ${tail} ${ledgerPath}`,
  parse: ({ stdout }): Ledger => parseLedger(stdout),
} satisfies Fact<'ledger', Ledger>;
