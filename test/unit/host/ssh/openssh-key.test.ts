import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { identityFromText } from '../../../../src/host/ssh/identities.ts';
import { opensshKeyHead } from '../../../../src/host/ssh/openssh-key.ts';

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const field = (content: string | Buffer) =>
  Buffer.concat([uint32(Buffer.byteLength(content)), Buffer.from(content)]);
const pem = (body: Buffer) =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
const keyOf = (derivation: string, options: Buffer) =>
  Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('aes256-ctr'),
    field(derivation),
    field(options),
    uint32(1),
    field('the public key'),
    field('the encrypted rest'),
  ]);
const bcrypt = (rounds: number) => keyOf('bcrypt', Buffer.concat([field('salt'), uint32(rounds)]));

describe('the head of a private key', () => {
  test('is read before the encrypted part', () => {
    const head = opensshKeyHead(pem(bcrypt(24)));
    expect(head?.publicPart.toString()).toBe('the public key');
    expect(head?.rounds).toBe(24);
  });

  test.each([
    { name: 'no passphrase', key: keyOf('none', Buffer.alloc(0)) },
    { name: 'options without rounds', key: keyOf('bcrypt', field('salt')) },
    { name: 'no options', key: keyOf('bcrypt', Buffer.alloc(0)) },
  ])('$name: no rounds', ({ key }) => expect(opensshKeyHead(pem(key))?.rounds).toBe(0));

  test.each([
    { name: 'another format', text: '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----' },
    { name: 'another magic', text: pem(Buffer.from('openssh-key-v2\0')) },
    { name: 'one that breaks off', text: pem(bcrypt(24).subarray(0, 70)) },
    { name: 'nothing', text: '' },
  ])('$name has none', ({ text }) => expect(opensshKeyHead(text)).toBeUndefined());
});

test('a key whose passphrase would be hashed for hours is not opened', async () => {
  const options = { passphrase: 'secret', cipher: 'aes256-ctr', rounds: 1 } as const;
  const text = ssh2.utils.generateKeyPairSync('ed25519', options).private;
  const blob = Buffer.from(text.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  // Behind the 16 bytes of the salt.
  const at = blob.indexOf('bcrypt') + 'bcrypt'.length + 4 + 4 + 16;
  expect(blob.readUInt32BE(at)).toBe(1);
  blob.writeUInt32BE(4_000_000_000, at);
  const found = await identityFromText(ssh2, pem(blob), 'key file k', 'k', { opened: new Map() });
  expect(found).toMatch(/hashed in 4000000000 rounds.*load it into an agent/);
});
