import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Open } from './pool.ts';

/**
 * Opens connections to the site of a URL; TLS is always verified.
 *
 * @param ca certificates in PEM that are trusted instead of the usual ones
 */
export function opener(url: URL, ca?: string): Open {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol !== 'https:') {
    const port = Number(url.port || 80);
    return () => connect({ host, port, noDelay: true });
  }
  const port = Number(url.port || 443);
  return () => {
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    socket.setNoDelay(true);
    return socket;
  };
}
