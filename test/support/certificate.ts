import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A key and a certificate that nobody has signed, in PEM.
 *
 * @param name its subject
 * @param names alternative names as openssl has them: `DNS:shop.test,IP:127.0.0.1`; without it none
 */
export function selfSigned(name: string, names?: string): { key: string; certificate: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ops-tls-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name}${names === undefined ? '' : ` -addext subjectAltName=${names}`} -keyout ${key} -out ${certificate}`;
  try {
    execFileSync('openssl', words.split(' '), { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
