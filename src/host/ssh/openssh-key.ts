/** The clear-text head of a private key in OpenSSH's format. */
export interface OpensshKeyHead {
  /** As a server knows it; stands in clear text also when the private part is encrypted. */
  publicPart: Buffer;
  /** How often bcrypt is run over the passphrase; 0: it is not. */
  rounds: number;
}

const magic = 'openssh-key-v1\0';

/**
 * Reads the head of a private key, as PROTOCOL.key of OpenSSH describes it.
 *
 * @returns undefined when the text is another format, or broken off
 */
export function opensshKeyHead(text: string): OpensshKeyHead | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END OPENSSH PRIVATE KEY-----/.exec(
    text,
  )?.[1];
  if (body === undefined) return undefined;
  const blob = Buffer.from(body, 'base64');
  if (blob.toString('latin1', 0, magic.length) !== magic) return undefined;
  let offset = magic.length;
  const readString = (): Buffer | undefined => {
    if (offset + 4 > blob.length) return undefined;
    const length = blob.readUInt32BE(offset);
    const value = blob.subarray(offset + 4, offset + 4 + length);
    offset += 4 + length;
    return value.length === length ? value : undefined;
  };
  const cipher = readString();
  const derivation = readString();
  const options = readString();
  // The number of keys; there is never more than one.
  offset += 4;
  const publicPart = readString();
  if (cipher === undefined || derivation === undefined || options === undefined || publicPart === undefined)
    return undefined;
  return { publicPart, rounds: derivation.toString('latin1') === 'bcrypt' ? roundsOf(options) : 0 };
}

/** Options of bcrypt: a salt with its length before it, then the rounds. */
function roundsOf(options: Buffer): number {
  const at = options.length < 4 ? 0 : 4 + options.readUInt32BE(0);
  return at + 4 <= options.length ? options.readUInt32BE(at) : 0;
}
