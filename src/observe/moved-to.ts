import type { IncomingMessage } from 'node:http';

/** Where a redirect leads that goes to https: `https://shop.example`. Such an answer says nothing of the app. */
export function movedTo({
  statusCode = 0,
  headers,
}: Pick<IncomingMessage, 'statusCode' | 'headers'>): string | undefined {
  const { location = '' } = headers;
  if (statusCode < 300 || statusCode >= 400 || !URL.canParse(location)) return undefined;
  const { protocol, origin } = new URL(location);
  return protocol === 'https:' ? origin : undefined;
}
