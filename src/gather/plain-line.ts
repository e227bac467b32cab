import { redactLine } from '../redact/redact.ts';
import { isPrivateAddress } from './address.ts';

const address = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w.])/gi;
/** `12:34:56` is a time. */
const time = /^\d{1,2}:\d{2}:\d{2}$/;

/** A line of a log as it may be shown and kept: no secrets, no addresses of clients, no query strings, no control characters. */
export function plainLine(line: string): string {
  return redactLine(line)
    .replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, ' ')
    .replaceAll(/\?[^\s"']*/g, (query, at: number, whole: string) =>
      // Only behind a path: `/search?q=…`; a question mark of a sentence stays.
      query.length > 1 && /[\w/.~%-]$/.test(whole.slice(0, at)) ? '?…' : query,
    )
    .replaceAll(address, (found) => (time.test(found) || isPrivateAddress(found) ? found : '[address]'))
    .trim();
}
