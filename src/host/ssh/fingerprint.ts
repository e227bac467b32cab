import { createHash } from 'node:crypto';

/** `SHA256:…` of a public key in SSH wire format, exactly as `ssh-keygen -l` prints it. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key in SSH wire format names itself: `ssh-ed25519`; `unknown` when it is malformed. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return 'unknown';
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length >= 4 + length
    ? key.toString('latin1', 4, 4 + length)
    : 'unknown';
}

/** Whether `text` is a whole SHA256 fingerprint (with or without base64 padding). */
export function isFingerprint(text: string): boolean {
  return /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(text);
}
