/** Where ops keeps its own files on a host, relative to the app directory: never in git, mode 0700. */
export const opsDir = '.ops';
export const ledgerPath = `${opsDir}/ledger.jsonl`;
export const lockDir = `${opsDir}/lock`;
export const logDir = `${opsDir}/logs`;
