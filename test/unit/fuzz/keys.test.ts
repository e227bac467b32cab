import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { OpsError } from '../../../src/errors.ts';
import { identityFromText } from '../../../src/host/ssh/identities.ts';
import { opensshKeyHead } from '../../../src/host/ssh/openssh-key.ts';
import { mutated, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';

const passphrase = 'canary passphrase';
const encrypted = { passphrase, cipher: 'aes256-ctr', rounds: 1 } as const;
const texts = [
  ssh2.utils.generateKeyPairSync('ed25519').private,
  ssh2.utils.generateKeyPairSync('ed25519', encrypted).private,
  ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, ...encrypted }).private,
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
  ssh2.utils.generateKeyPairSync('ed25519').public,
].map(String);

/** A few bytes of the key itself are changed: its text is base64 still. */
function mutatedBytes(text: string, random: () => number): string {
  const [, head = '', body = '', end = ''] =
    /^(-----BEGIN [^-]+-----\n)([\s\S]+)(-----END [\s\S]+)$/.exec(text) ?? [];
  const bytes = Buffer.from(body, 'base64');
  for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1)
    bytes[Math.floor(random() ** 2 * bytes.length)] = Math.floor(random() * 256);
  return `${head}${bytes.toString('base64').replaceAll(/.{70}/g, '$&\n')}\n${end}`;
}

it('3000 private keys are usable, or refused in words, and none keeps us busy', async () => {
  const random = seeded(63);
  const data = Buffer.from('what a server asks to be signed');
  let signed = 0;
  const trial = await tryAll(
    3000,
    (index) => {
      const text = texts[index % texts.length] ?? '';
      return random() < 0.5 ? mutatedBytes(text, random) : mutated(text, oddPieces, random);
    },
    async (text) => {
      const source = { passphrase: new Secret(passphrase), opened: new Map() };
      const said = async (): Promise<string> => {
        const identity = await identityFromText(ssh2, text, 'key file k', 'k', source);
        if (typeof identity === 'string') return identity;
        // The few that get as far with many rounds are as slow as they ought to be.
        if ((opensshKeyHead(text)?.rounds ?? 0) > 4) return identity.label;
        await identity.sign(data, undefined);
        signed += 1;
        return identity.label;
      };
      const words = await said().catch((error: unknown) => {
        if (!(error instanceof OpsError)) throw error;
        return error.message;
      });
      expect(words).toContain('key file k');
      expect(words).not.toContain(passphrase);
    },
  );
  expect(trial).toEqual({ count: 3000, broken: [] });
  expect(signed).toBeGreaterThan(20);
}, 120_000);
