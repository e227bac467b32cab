import type { PerHost } from '../../observe/hosts.ts';

/** One host in `--json`: what was read under `key`, or the error. */
export function hostData(result: PerHost<unknown>, key: string): Record<string, unknown> {
  return 'value' in result
    ? { host: result.host, [key]: result.value }
    : {
        host: result.host,
        error: { code: result.error.code, message: result.error.message, next: result.error.next },
      };
}
