import { createHmac, timingSafeEqual } from 'node:crypto';

/** One usable line of a known_hosts file. */
export interface KnownHostsEntry {
  file: string;
  line: number;
  /** `@revoked` keys must never be accepted; `@cert-authority` keys sign host certificates. */
  marker: 'none' | 'revoked' | 'cert-authority';
  /** Comma-separated patterns, or one hashed name (`|1|salt|hash`). */
  hosts: string;
  /** Key type as written: `ssh-ed25519`, `ssh-rsa`, … */
  type: string;
  /** The public key, base64, as written. */
  key: string;
}

export type KnownHostsVerdict =
  | { status: 'match'; entry: KnownHostsEntry }
  /** No line names this host; `authorities` are `@cert-authority` lines that do, which we cannot use. */
  | { status: 'unknown'; authorities: readonly KnownHostsEntry[] }
  /** The host is known, with other keys only. */
  | { status: 'changed'; entries: readonly [KnownHostsEntry, ...KnownHostsEntry[]] }
  | { status: 'revoked'; entry: KnownHostsEntry };

/** How a host is looked up: `name` is written to the file, `plain` is tried when the port-specific name is unknown. */
export interface KnownHostsName {
  name: string;
  plain?: string;
}

const markers: Record<string, KnownHostsEntry['marker']> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

/** Reads a known_hosts file. Comments, empty lines and lines that are no entries are left out, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHostsEntry[] {
  const entries: KnownHostsEntry[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const fields = raw.trim().split(/[ \t]+/);
    if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) continue;
    let marker: KnownHostsEntry['marker'] = 'none';
    if (fields[0].startsWith('@')) {
      const known = markers[fields[0]];
      if (known === undefined) continue;
      marker = known;
      fields.shift();
    }
    const [hosts, type, key] = fields;
    // The SSH 1 format (bits exponent modulus) has a number as its type; no server speaks it.
    if (hosts === undefined || type === undefined || key === undefined || /^\d+$/.test(type)) continue;
    entries.push({ file, line: index + 1, marker, hosts, type, key });
  }
  return entries;
}

/**
 * The name under which a host's key is kept: `host`, or `[host]:port` for another port than 22.
 * A `HostKeyAlias` stands for itself, without a port. As OpenSSH does, a key that is known for the host
 * on port 22 is accepted on another port when that port is unknown.
 */
export function knownHostsName(hostname: string, port: number, alias?: string): KnownHostsName {
  if (alias !== undefined) return { name: alias.toLowerCase() };
  const plain = hostname.toLowerCase();
  return port === 22 ? { name: plain } : { name: `[${plain}]:${port}`, plain };
}

function hashedMatches(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` and `?` as in the shell, everything else literally; host names have no case. */
function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/** Whether an entry's host field names `name`; a negated pattern that matches excludes the whole line. */
export function entryNames(entry: Pick<KnownHostsEntry, 'hosts'>, name: string): boolean {
  if (entry.hosts.startsWith('|')) return hashedMatches(entry.hosts, name);
  let matched = false;
  for (const pattern of entry.hosts.split(',')) {
    if (pattern.startsWith('!')) {
      if (globMatches(pattern.slice(1), name)) return false;
    } else if (pattern !== '' && globMatches(pattern, name)) {
      matched = true;
    }
  }
  return matched;
}

const sameKey = (entry: KnownHostsEntry, key: Buffer): boolean =>
  Buffer.from(entry.key, 'base64').equals(key);

function lookUpName(entries: readonly KnownHostsEntry[], name: string, key: Buffer): KnownHostsVerdict {
  const named = entries.filter((entry) => entryNames(entry, name));
  const revoked = named.find((entry) => entry.marker === 'revoked' && sameKey(entry, key));
  if (revoked) return { status: 'revoked', entry: revoked };
  const keys = named.filter((entry) => entry.marker === 'none');
  const match = keys.find((entry) => sameKey(entry, key));
  if (match) return { status: 'match', entry: match };
  const [first, ...others] = keys;
  if (first) return { status: 'changed', entries: [first, ...others] };
  return { status: 'unknown', authorities: named.filter((entry) => entry.marker === 'cert-authority') };
}

/**
 * Compares the key that a host showed (SSH wire format) with what is known.
 * A revoked key is refused even where another line accepts it, and whichever name it was revoked for.
 */
export function checkHostKey(
  entries: readonly KnownHostsEntry[],
  name: KnownHostsName,
  key: Buffer,
): KnownHostsVerdict {
  const verdict = lookUpName(entries, name.name, key);
  if (name.plain === undefined || verdict.status === 'revoked') return verdict;
  const plain = lookUpName(entries, name.plain, key);
  if (plain.status === 'revoked') return plain;
  return verdict.status === 'unknown' && plain.status === 'match' ? plain : verdict;
}

/** Key types that are known for a host, in file order; revoked and certificate lines don't count. */
export function knownKeyTypes(entries: readonly KnownHostsEntry[], name: KnownHostsName): string[] {
  const typesOf = (wanted: string) =>
    entries
      .filter((entry) => entry.marker === 'none' && entryNames(entry, wanted))
      .map((entry) => entry.type);
  const types = typesOf(name.name);
  return [...new Set(types.length > 0 || name.plain === undefined ? types : typesOf(name.plain))];
}

/** Host key algorithms that we accept, best first. `ssh-rsa` (SHA-1) and `ssh-dss` are not among them. */
export const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

export type HostKeyAlgorithm = (typeof hostKeyAlgorithms)[number];

/** The key type that an algorithm signs with. */
export const keyTypeOf = (algorithm: HostKeyAlgorithm): string =>
  algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm;

/**
 * What we offer a host, known types first: else a host that is known by its RSA key would show its
 * ed25519 key, and look unknown.
 */
export function orderHostKeyAlgorithms(knownTypes: readonly string[]): HostKeyAlgorithm[] {
  const known = (algorithm: HostKeyAlgorithm) => knownTypes.includes(keyTypeOf(algorithm));
  return [
    ...hostKeyAlgorithms.filter((algorithm) => known(algorithm)),
    ...hostKeyAlgorithms.filter((algorithm) => !known(algorithm)),
  ];
}
