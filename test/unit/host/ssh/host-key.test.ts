import { describe, expect, test } from 'vitest';
import { fingerprint, isFingerprint, keyType } from '../../../../src/host/ssh/fingerprint.ts';
import { algorithmsFor, checkPin, judgeHostKey } from '../../../../src/host/ssh/host-key.ts';
import type { HostKeyPolicy } from '../../../../src/host/ssh/host-key.ts';
import { knownHostsName, parseKnownHosts } from '../../../../src/host/ssh/known-hosts.ts';

// Public keys made with ssh-keygen; the fingerprint is what `ssh-keygen -lf` prints for the first.
const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIDBP7YlNlBKE5VpYaMRZquXrai211dkM7g+Vr1veYj52', 'base64');
const other = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIEL1Tv22UONs0TAY1gatHXgle0I41DW1IW2qg9LnAwTM', 'base64');
const keyFingerprint = 'SHA256:TlnuPADjpyHXDl/Y1So4O0sjKMpIgTk1JeicXXa/bGY';

const policy = (file: string, pinned?: string): HostKeyPolicy => ({
  label: 'web1',
  name: knownHostsName('web1', 22),
  entries: parseKnownHosts(file, '/k'),
  writeTo: '/k',
  isJump: false,
  ...(pinned === undefined ? {} : { pinned }),
});
const entry = (blob: Buffer) => `web1 ssh-ed25519 ${blob.toString('base64')}`;

test('fingerprint is that of ssh-keygen', () => {
  expect(fingerprint(key)).toBe(keyFingerprint);
  expect(isFingerprint(keyFingerprint)).toBe(true);
  expect(keyType(key)).toBe('ssh-ed25519');
});

test.each([
  '',
  'SHA256:',
  'MD5:ab:cd',
  keyFingerprint.slice(0, -1),
  `${keyFingerprint}a`,
  keyFingerprint.toLowerCase(),
])('the pin %o is refused before anything is connected', (pin) => {
  expect(() => checkPin(pin, 'web1')).toThrow(expect.objectContaining({ code: 'HOST_KEY_PIN_INVALID' }));
});

test.each([Buffer.alloc(0), Buffer.from([0, 0, 0, 9]), Buffer.from([255, 255, 255, 255, 1])])(
  'a malformed key has no type',
  (blob) => expect(keyType(blob)).toBe('unknown'),
);

describe('judgeHostKey', () => {
  const cases: { name: string; policy: HostKeyPolicy; code?: string; says?: string[]; asks?: boolean }[] = [
    { name: 'known', policy: policy(entry(key)) },
    { name: 'pinned', policy: policy('', keyFingerprint) },
    { name: 'pinned with padding', policy: policy('', `${keyFingerprint}=`) },
    { name: 'a pin replaces the look-up', policy: policy(entry(other), keyFingerprint) },
    {
      name: 'unknown',
      policy: policy(''),
      code: 'HOST_KEY_UNKNOWN',
      says: [keyFingerprint, `--host-key ${keyFingerprint}`],
      asks: true,
    },
    {
      name: 'changed',
      policy: policy(`\n${entry(other)}`),
      code: 'HOST_KEY_CHANGED',
      says: [keyFingerprint, fingerprint(other), '/k:2'],
    },
    {
      name: 'not the pinned one',
      policy: policy(entry(key), fingerprint(other)),
      code: 'HOST_KEY_CHANGED',
      says: [keyFingerprint, fingerprint(other)],
    },
    {
      name: 'revoked',
      policy: policy(`@revoked * ssh-ed25519 ${key.toString('base64')}`),
      code: 'HOST_KEY_REVOKED',
      says: [keyFingerprint, '/k:1'],
    },
    {
      name: 'revoked, even when pinned',
      policy: policy(`@revoked * ssh-ed25519 ${key.toString('base64')}`, keyFingerprint),
      code: 'HOST_KEY_REVOKED',
    },
    {
      name: 'a certificate authority is reported',
      policy: policy(`@cert-authority * ssh-ed25519 ${other.toString('base64')}`),
      code: 'HOST_KEY_UNKNOWN',
      says: ['/k:1', 'certificate'],
      asks: true,
    },
  ];
  test.each(cases)('$name', ({ policy, code, says = [], asks = false }) => {
    const verdict = judgeHostKey(policy, key);
    expect(verdict.ok).toBe(code === undefined);
    if (verdict.ok) return;
    expect(verdict.error.code).toBe(code);
    const text = [verdict.error.message, ...verdict.error.next].join('\n');
    for (const part of says) expect(text).toContain(part);
    // Only an unknown key may ever be put to a person.
    expect(verdict.question !== undefined).toBe(asks);
  });
});

test('a jump host cannot be pinned, so that is not what we say', () => {
  const verdict = judgeHostKey({ ...policy(''), isJump: true }, key);
  expect(verdict.ok ? '' : verdict.error.next.join()).not.toContain('--host-key');
});

test('for a pin, each type of key is asked for once', () => {
  const pinned = policy('', keyFingerprint);
  expect(algorithmsFor(pinned, new Set(['ssh-ed25519', 'ssh-rsa']))).toEqual([
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
  ]);
});
