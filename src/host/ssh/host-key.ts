import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConnectionError } from '../../errors.ts';
import { fingerprint, isFingerprint, keyType } from './fingerprint.ts';
import type { HostKeyAlgorithm, KnownHostsEntry, KnownHostsName } from './known-hosts.ts';
import {
  checkHostKey,
  hostKeyAlgorithms,
  keyTypeOf,
  knownKeyTypes,
  orderHostKeyAlgorithms,
  parseKnownHosts,
} from './known-hosts.ts';

/** What is shown to a person who decides whether to trust a host. */
export interface HostKeyQuestion {
  host: string;
  /** `SHA256:…` */
  fingerprint: string;
  type: string;
}

export type ConfirmHostKey = (question: HostKeyQuestion) => Promise<boolean>;

/** How one hop's key is judged. */
export interface HostKeyPolicy {
  label: string;
  name: KnownHostsName;
  entries: readonly KnownHostsEntry[];
  /** The file that a confirmed key is added to. */
  writeTo: string | undefined;
  pinned?: string;
  /** A pin is for the host itself; its jump hosts have to be in known_hosts. */
  isJump: boolean;
}

export type HostKeyVerdict =
  | { ok: true }
  /** `retry`: another type of key of the same host may be the pinned one. */
  | { ok: false; error: ConnectionError; question?: HostKeyQuestion; retry?: boolean };

/** Reads known_hosts files in order; a file that does not exist has no entries, one that cannot be read is an error. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHostsEntry[]> {
  const entries: KnownHostsEntry[] = [];
  for (const file of new Set(files)) {
    try {
      entries.push(...parseKnownHosts(await readFile(file, 'utf8'), file));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      throw new ConnectionError(
        'KNOWN_HOSTS_UNREADABLE',
        `The known_hosts file ${file} cannot be read (${code}).`,
        {
          next: ['Make it readable for you; without it no host can be trusted.'],
          place: { file },
          cause: error,
        },
      );
    }
  }
  return entries;
}

/** Refuses a pin that could never match, before anything is connected. */
export function checkPin(pin: string, label: string): void {
  if (isFingerprint(pin)) return;
  throw new ConnectionError('HOST_KEY_PIN_INVALID', `"${pin}" is not the fingerprint of a host key.`, {
    next: ['Write it as `ssh-keygen -lf` prints it: SHA256: and 43 characters.'],
    place: { host: label },
  });
}

/** The host key algorithms to offer; `seen` are key types that have already turned out not to be the pinned one. */
export function algorithmsFor(policy: HostKeyPolicy, seen: ReadonlySet<string>): HostKeyAlgorithm[] {
  if (policy.pinned === undefined) return orderHostKeyAlgorithms(knownKeyTypes(policy.entries, policy.name));
  return hostKeyAlgorithms.filter((algorithm) => !seen.has(keyTypeOf(algorithm)));
}

const at = (entry: KnownHostsEntry) => `${entry.file}:${entry.line}`;

const entryFingerprint = (entry: KnownHostsEntry) => fingerprint(Buffer.from(entry.key, 'base64'));

/** Decides about a key (SSH wire format) that a hop showed. There is no way to accept a changed or revoked key. */
export function judgeHostKey(policy: HostKeyPolicy, key: Buffer): HostKeyVerdict {
  const { label, name } = policy;
  const shown = fingerprint(key);
  const type = keyType(key);
  const verdict = checkHostKey(policy.entries, name, key);
  if (verdict.status === 'revoked') {
    const { entry } = verdict;
    const error = new ConnectionError(
      'HOST_KEY_REVOKED',
      `${label} showed a key that is revoked: ${type} ${shown} (${at(entry)}).`,
      {
        next: ['Do not connect: whoever answers may hold a stolen key. Ask the owner of the server.'],
        place: { host: label, file: entry.file, line: entry.line },
      },
    );
    return { ok: false, error };
  }
  if (policy.pinned !== undefined) {
    if (policy.pinned.replace(/=$/, '') === shown) return { ok: true };
    const error = new ConnectionError(
      'HOST_KEY_CHANGED',
      `The key of ${label} is not the pinned one: expected ${policy.pinned}, got ${type} ${shown}.`,
      {
        next: [
          'If the server was set up anew, compare the fingerprint on the server itself: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`.',
          'Then correct OPS_HOST_KEY, `--host-key` or `host_key` in ops.yaml.',
        ],
        place: { host: label },
      },
    );
    return { ok: false, error, retry: true };
  }
  if (verdict.status === 'match') return { ok: true };
  if (verdict.status === 'changed') {
    const known = verdict.entries.map((entry) => `${entry.type} ${entryFingerprint(entry)} (${at(entry)})`);
    const [first] = verdict.entries;
    const error = new ConnectionError(
      'HOST_KEY_CHANGED',
      `The key of ${label} has changed: known is ${known.join(', ')}; it showed ${type} ${shown}.`,
      {
        next: [
          'Somebody may be between you and the server. Compare the fingerprint on the server itself: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`.',
          `Only if the server really has a new key: ssh-keygen -R '${name.name}' -f '${first.file}', then connect again.`,
        ],
        place: { host: label, file: first.file, line: first.line },
      },
    );
    return { ok: false, error };
  }
  const authority = verdict.authorities[0];
  const error = new ConnectionError(
    'HOST_KEY_UNKNOWN',
    `The key of ${label} (${name.name}) is not known: ${type} ${shown}.`,
    {
      next: [
        'Compare the fingerprint with the one on the server (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`).',
        policy.isJump
          ? 'Then connect to this jump host once with `ssh`, which adds it to known_hosts, or set OPS_KNOWN_HOSTS.'
          : `Then pin it: OPS_HOST_KEY=${shown} or --host-key ${shown}; or connect once with \`ssh\`, which adds it to known_hosts.`,
        ...(authority === undefined
          ? []
          : [
              `${at(authority)} trusts a certificate authority for this host; ops cannot check host certificates.`,
            ]),
      ],
      place: { host: label },
    },
  );
  return { ok: false, error, question: { host: label, fingerprint: shown, type } };
}

/** Adds a key that a person has confirmed to a known_hosts file, which only its owner may read or write. */
export async function addKnownHost(file: string, name: KnownHostsName, key: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const separator = size > 0 && last.toString('latin1') !== '\n' ? '\n' : '';
    await handle.appendFile(`${separator}${name.name} ${keyType(key)} ${key.toString('base64')}\n`);
    if (size === 0) await chmod(file, 0o600);
  } finally {
    await handle.close();
  }
}
