/** Why there was no whole answer, as reports count it. */
const kinds: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name not found',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EMFILE: 'too many open files here',
  EADDRNOTAVAIL: 'no port left here',
};

/** `refused`, `reset`, `certificate`, …; the code or the message of an error that has no such word. */
export function failureKind(error: Error & { code?: string }): string {
  const { code = '' } = error;
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(code)) return 'certificate';
  if (code === 'EPROTO' || /^ERR_(SSL|TLS)/.test(code)) return 'TLS';
  // With several addresses for a name, the error of the last one says most.
  if (error instanceof AggregateError && error.errors.length > 0) {
    const last: unknown = error.errors.at(-1);
    if (last instanceof Error && !(last instanceof AggregateError)) return failureKind(last);
  }
  return kinds[code] ?? (code === '' ? error.message : code);
}
