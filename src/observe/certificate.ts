import { connect, type DetailedPeerCertificate } from 'node:tls';
import { isIP } from 'node:net';
import type { CertificateEvidence } from '../check/evidence.ts';

const timeoutMs = 10_000;

/**
 * The certificate that an `https` URL is served with, and whether this machine would trust it.
 *
 * @param at milliseconds since 1970
 * @throws Error when the host cannot be reached or speaks no TLS
 */
export async function readCertificate(
  url: string | undefined,
  at: number,
  signal?: AbortSignal,
): Promise<CertificateEvidence> {
  const parsed = url === undefined ? undefined : new URL(url);
  if (parsed?.protocol !== 'https:') return { state: 'none' };
  const name = parsed.hostname.replace(/^\[|\]$/g, '');
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host: name,
      port: parsed.port === '' ? 443 : Number(parsed.port),
      // Looked at, not trusted: nothing is sent over this connection.
      rejectUnauthorized: false,
      ...(isIP(name) === 0 ? { servername: name } : {}),
    });
    const abort = (): void => {
      socket.destroy(new Error('Interrupted.'));
    };
    signal?.addEventListener('abort', abort, { once: true });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no TLS within ${timeoutMs / 1000} s`)));
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const peer: Partial<DetailedPeerCertificate> = socket.getPeerCertificate();
      const refused = socket.authorizationError as Error | string | null;
      socket.destroy();
      const end = Date.parse(peer.valid_to ?? '');
      if (Number.isNaN(end)) {
        reject(new Error(`${name} showed no certificate with a time at which it ends`));
        return;
      }
      resolve({
        state: 'ok',
        host: parsed.host,
        validTo: new Date(end).toISOString(),
        days: (end - at) / 86_400_000,
        ...(refused === null || refused === undefined ? {} : { untrusted: reason(refused) }),
      });
    });
  });
}

function reason(refused: Error | string): string {
  if (typeof refused === 'string') return refused;
  return (refused as NodeJS.ErrnoException).code ?? refused.message;
}
