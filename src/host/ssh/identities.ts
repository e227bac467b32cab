import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { ConnectionError } from '../../errors.ts';
import type { OpsError } from '../../errors.ts';
import type { Secret } from '../../config/secret.ts';
import { opensshKeyHead } from './openssh-key.ts';

type Ssh2 = typeof import('ssh2');

/** One key that a server can be offered. The private part is opened only when the server wants it. */
export interface Identity {
  /** For people: `key file /home/me/.ssh/id_ed25519`, `agent key me@laptop`. */
  label: string;
  publicKey: ParsedKey;
  /** @throws OpsError when the key cannot sign (no or wrong passphrase, the agent refused) */
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>;
}

/** Keys in the order in which they are offered, and what could not be used and why. */
export interface IdentityList {
  identities: readonly Identity[];
  problems: readonly string[];
}

/** Asked for the passphrase of a key file; undefined: nobody can be asked, or the person gave up. */
export type AskPassphrase = (keyFile: string) => Promise<string | undefined>;

export interface PassphraseSource {
  passphrase?: Secret;
  ask?: AskPassphrase;
  /** Keys that are open, or being opened, by file: with several hosts one passphrase is asked for once. */
  opened: Map<string, Promise<ParsedKey>>;
}

/** As OpenSSH: three attempts at a passphrase. */
const passphraseAttempts = 3;

const noPassphrase = (label: string) =>
  new ConnectionError('KEY_PASSPHRASE_MISSING', `The ${label} is encrypted and no passphrase was given.`, {
    next: ['Set OPS_SSH_PASSPHRASE, or load the key into an agent: `ssh-add`.'],
  });

const wrongPassphrase = (label: string) =>
  new ConnectionError('KEY_PASSPHRASE_WRONG', `The passphrase does not open the ${label}.`, {
    next: ['Check OPS_SSH_PASSPHRASE, or load the key into an agent: `ssh-add`.'],
  });

/** More would keep the process busy, and deaf, for a quarter of a minute and longer; ssh-keygen itself uses 16 or 24. */
const maxRounds = 1000;

const isEncryptedMessage = (message: string) => /encrypted|passphrase/i.test(message);

function firstKey(parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | Error {
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return key ?? new Error('it holds no key');
}

function openedWith(ssh2: Ssh2, text: string, passphrase: string): ParsedKey | undefined {
  const key = firstKey(ssh2.utils.parseKey(text, passphrase));
  return key instanceof Error ? undefined : key;
}

/** Opens an encrypted key: with the configured passphrase, else by asking. */
async function open(ssh2: Ssh2, text: string, label: string, file: string, source: PassphraseSource) {
  if (source.passphrase !== undefined) {
    const key = openedWith(ssh2, text, source.passphrase.reveal());
    if (key) return key;
    if (!source.ask) throw wrongPassphrase(label);
  }
  if (!source.ask) throw noPassphrase(label);
  for (let attempt = 0; attempt < passphraseAttempts; attempt++) {
    const answer = await source.ask(file);
    if (answer === undefined || answer === '') throw noPassphrase(label);
    const key = openedWith(ssh2, text, answer);
    if (key) return key;
  }
  throw wrongPassphrase(label);
}

function signWith(key: ParsedKey, label: string, data: Buffer, hash: string | undefined): Buffer {
  const signature = key.sign(data, hash) as Buffer | Error;
  if (!(signature instanceof Error)) return signature;
  throw new ConnectionError('KEY_UNUSABLE', `The ${label} cannot sign: ${signature.message}.`, {
    cause: signature,
  });
}

/**
 * An identity from the text of a private key: OpenSSH, PEM or PPK, encrypted or not.
 * @param publicText text of the `.pub` file beside it, for encrypted formats that hide their public half
 * @returns what is wrong with it, as text, when it is no key
 */
export async function identityFromText(
  ssh2: Ssh2,
  text: string,
  label: string,
  file: string,
  source: PassphraseSource,
  publicText?: string,
): Promise<Identity | string> {
  const parsed = firstKey(ssh2.utils.parseKey(text));
  if (!(parsed instanceof Error)) {
    if (!parsed.isPrivateKey()) return `${label}: this is a public key; the private one is needed`;
    return { label, publicKey: parsed, sign: async (data, hash) => signWith(parsed, label, data, hash) };
  }
  if (!isEncryptedMessage(parsed.message)) {
    return /sk-(ssh|ecdsa)/.test(text) || /unsupported/i.test(parsed.message)
      ? `${label}: this kind of key is not supported (${parsed.message}); load it into an agent`
      : `${label}: not a private key (${parsed.message})`;
  }
  const head = opensshKeyHead(text);
  // Opened all the same, it could be as slow as its broken head says.
  if (head === undefined && text.includes('OPENSSH PRIVATE KEY'))
    return `${label}: not a private key (it is damaged)`;
  if (head !== undefined && head.rounds > maxRounds)
    return `${label}: its passphrase is hashed in ${head.rounds} rounds, which takes too long here; load it into an agent`;
  const publicPart = head?.publicPart ?? publicText;
  const known = publicPart === undefined ? undefined : firstKey(ssh2.utils.parseKey(publicPart));
  const opened = (): Promise<ParsedKey> => {
    const before = source.opened.get(file);
    if (before) return before;
    const opening = open(ssh2, text, label, file, source);
    source.opened.set(file, opening);
    // Who was asked in vain may be asked again.
    opening.catch(() => source.opened.delete(file));
    return opening;
  };
  if (known !== undefined && !(known instanceof Error)) {
    return {
      label,
      publicKey: known,
      sign: async (data, hash) => signWith(await opened(), label, data, hash),
    };
  }
  // The public half is hidden too: it has to be opened before it can be offered.
  const key = await opened();
  return { label, publicKey: key, sign: async (data, hash) => signWith(key, label, data, hash) };
}

/** A key file that the user named must be usable; one that only may exist (a default of ssh) need not. */
export interface KeyFile {
  path: string;
  explicit: boolean;
}

/** As OpenSSH: a private key of yours that others can read is not used. */
async function permissionProblem(path: string, platform: NodeJS.Platform): Promise<string | undefined> {
  if (platform === 'win32') return undefined;
  const info = await stat(path);
  const loose = (info.mode & 0o077) !== 0 && info.uid === process.getuid?.();
  return loose ? (info.mode & 0o777).toString(8).padStart(4, '0') : undefined;
}

/**
 * Reads one key file.
 * @returns an identity, a problem as text, or undefined when an optional file is not there
 * @throws ConnectionError when a file that the user named cannot be used
 */
export async function identityFromFile(
  ssh2: Ssh2,
  { path, explicit }: KeyFile,
  source: PassphraseSource,
  platform: NodeJS.Platform,
): Promise<Identity | string | undefined> {
  const label = `key file ${path}`;
  const refuse = (code: string, message: string, next: string): string => {
    if (explicit) throw new ConnectionError(code, message, { next: [next], place: { file: path } });
    return `${message.replace(/\.$/, '')}; ${next}`;
  };
  let text: string;
  try {
    const mode = await permissionProblem(path, platform);
    if (mode !== undefined) {
      return refuse(
        'KEY_FILE_PERMISSIONS',
        `The ${label} can be read by others (mode ${mode}), so it is not used.`,
        `chmod 600 '${path}'`,
      );
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (!explicit && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    return refuse(
      'KEY_FILE_UNREADABLE',
      code === 'ENOENT' ? `The ${label} does not exist.` : `The ${label} cannot be read (${code}).`,
      'Set OPS_SSH_KEY or `key_file` of the host in ops.yaml to the private key.',
    );
  }
  const publicText = await readFile(`${path}.pub`, 'utf8').catch(() => undefined);
  const identity = await identityFromText(ssh2, text, label, path, source, publicText);
  if (typeof identity === 'string' && explicit) {
    throw new ConnectionError('KEY_FILE_INVALID', `The ${identity}.`, { place: { file: path } });
  }
  return identity;
}

/** Longest wait for the list of an agent's keys; a socket whose agent hangs must not keep us. */
const agentListMs = 5_000;
/** Longest wait for a signature: an agent may ask a person to confirm or to touch a device. */
const agentSignMs = 120_000;

function bounded<T>(ms: number, what: string, start: (done: (error: unknown, value?: T) => void) => void) {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms / 1000} s`)), ms);
    start((error, value) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(value as T);
    });
  });
}

/** The keys of an agent, or why there are none. */
export async function identitiesOfAgent(ssh2: Ssh2, socket: string): Promise<Identity[] | string> {
  const agent = ssh2.createAgent(socket);
  try {
    const keys = await bounded<(ParsedKey | Buffer | string)[]>(agentListMs, 'list', (done) =>
      agent.getIdentities((error, list) => done(error, list as (ParsedKey | Buffer | string)[])),
    );
    return keys.flatMap((raw) => {
      const publicKey = firstKey(ssh2.utils.parseKey(raw));
      if (publicKey instanceof Error) return [];
      const label = `agent key ${publicKey.comment === '' ? publicKey.type : publicKey.comment}`;
      return [
        {
          label,
          publicKey,
          sign: async (data, hash) => {
            try {
              return await bounded<Buffer>(agentSignMs, 'sign', (done) =>
                agent.sign(
                  publicKey,
                  data,
                  hash === undefined ? {} : { hash: hash as 'sha256' },
                  (error, signature) => done(error, signature),
                ),
              );
            } catch (error) {
              throw new ConnectionError('AGENT_REFUSED', `The SSH agent did not sign with the ${label}.`, {
                next: ['Confirm the request of the agent, or unlock it, and try again.'],
                cause: error,
              });
            }
          },
        } satisfies Identity,
      ];
    });
  } catch (error) {
    return `the SSH agent at ${socket} does not answer (${(error as Error).message})`;
  }
}

const sameKey = (a: Identity, b: Identity) => a.publicKey.getPublicSSH().equals(b.publicKey.getPublicSSH());

/**
 * The order in which keys are offered: named ones first, then the agent's, then those that only may be there.
 * A key that is in a file and in the agent is offered once, and the agent signs (no passphrase is needed);
 * with `IdentitiesOnly` the agent offers nothing of its own.
 */
export function orderIdentities(
  named: readonly Identity[],
  agent: readonly Identity[],
  optional: readonly Identity[],
  identitiesOnly: boolean,
): Identity[] {
  const byAgent = (identity: Identity) => agent.find((key) => sameKey(key, identity)) ?? identity;
  const all = [
    ...named.map((identity) => byAgent(identity)),
    ...(identitiesOnly ? [] : agent),
    ...optional.map((identity) => byAgent(identity)),
  ];
  return all.filter((identity, index) => all.findIndex((other) => sameKey(other, identity)) === index);
}

/** What went on while a hop was authenticated, for its error. */
export interface AuthLog {
  offered: string[];
  /** The server would take a key, and asked for its signature. */
  signed?: boolean;
  /** Set when a key failed to sign; it is the reason, and not the server's refusal. */
  failure?: OpsError;
}

/**
 * Our identities in the form in which ssh2 asks an agent for keys: it offers each public key, and only when the
 * server would take it, asks for a signature. So nobody is asked for the passphrase of a key of no use.
 * @param waiting called around a signature, which may wait for a person
 */
export function identityAgent(
  ssh2: Ssh2,
  identities: readonly Identity[],
  log: AuthLog,
  waiting: (is: boolean) => void,
) {
  class IdentityAgent extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(cb: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
      log.offered.push(...identities.map(({ label }) => label));
      cb(
        undefined,
        identities.map(({ publicKey }) => publicKey),
      );
    }

    override sign(
      publicKey: ParsedKey,
      data: Buffer,
      options: { hash?: string } | ((error?: Error | null, signature?: Buffer) => void),
      cb?: (error?: Error | null, signature?: Buffer) => void,
    ): void {
      const done = typeof options === 'function' ? options : cb;
      const hash = typeof options === 'function' ? undefined : options.hash;
      const identity = identities.find((candidate) =>
        candidate.publicKey.getPublicSSH().equals(publicKey.getPublicSSH()),
      );
      if (!identity) return done?.(new Error('a key was asked for that was not offered'));
      log.signed = true;
      waiting(true);
      identity
        .sign(data, hash)
        .finally(() => waiting(false))
        .then(
          (signature) => done?.(undefined, signature),
          (error: OpsError) => {
            log.failure = error;
            done?.(error);
          },
        );
    }
  }
  return new IdentityAgent();
}
