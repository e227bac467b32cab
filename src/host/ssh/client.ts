import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NodeSSH } from 'node-ssh';
import type { Client } from 'ssh2';
import { ConnectionError, InterruptedError, OpsError } from '../../errors.ts';
import type { ConfirmHostKey, HostKeyPolicy, HostKeyVerdict } from './host-key.ts';
import { addKnownHost, algorithmsFor, judgeHostKey } from './host-key.ts';
import { keyType } from './fingerprint.ts';
import type { AuthLog, IdentityList } from './identities.ts';
import { identityAgent } from './identities.ts';
import type { Hop } from './resolve.ts';
import type { SshTimings } from './timings.ts';
import { Deadline } from './timings.ts';

export interface HopContext {
  identities: IdentityList;
  policy: HostKeyPolicy;
  connectTimeoutMs: number;
  timings: SshTimings;
  confirmHostKey?: ConfirmHostKey;
  signal?: AbortSignal;
  /** The jump host before this one. */
  via?: Via;
  /** The way to the hop, begun by `openStream`; the first attempt takes it. */
  opening: Opening;
}

export interface Via {
  label: string;
  client: Client;
}

/** A byte stream in the making. */
export interface Opening {
  stream: Promise<Duplex>;
  cancel: () => void;
}

/** One open connection of a chain. */
export interface OpenHop {
  client: Client;
  /** Ends it; bounded, never rejects. */
  close(): Promise<void>;
}

type Stage = 'connection' | 'banner' | 'handshake' | 'login';

const stageTexts: Record<Stage, string> = {
  connection: 'nothing answered',
  banner: 'something accepted the connection but did not greet as an SSH server does',
  handshake: 'the key exchange did not end',
  login: 'the login did not end',
};

const whereOf = ({ settings }: Hop) =>
  `${settings.hostname.includes(':') ? `[${settings.hostname}]` : settings.hostname}:${settings.port}`;

function socketError(error: NodeJS.ErrnoException, hop: Hop): ConnectionError {
  const { label, settings } = hop;
  const place = { host: label };
  const where = whereOf(hop);
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return new ConnectionError(
        'HOST_NOT_FOUND',
        `There is no address for the host name ${settings.hostname}.`,
        {
          next: [
            error.code === 'ENOTFOUND'
              ? 'Check the spelling of `host` (OPS_HOST), or HostName in ~/.ssh/config.'
              : 'The name server did not answer: check the network.',
          ],
          place,
          cause: error,
        },
      );
    case 'ECONNREFUSED':
      return new ConnectionError(
        'CONNECT_REFUSED',
        `${where} refused the connection: no SSH server listens there.`,
        {
          next: ['Check the port (OPS_PORT), and that sshd runs on the server.'],
          place,
          cause: error,
        },
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return new ConnectionError('CONNECT_UNREACHABLE', `${where} cannot be reached (${error.code}).`, {
        next: ['Check the network, VPN and firewall.'],
        place,
        cause: error,
      });
    default:
      return new ConnectionError(
        'CONNECT_FAILED',
        `The connection to ${where} failed: ${error.message || error.code || 'unknown reason'}.`,
        { next: ['Check the network and the log of sshd on the server.'], place, cause: error },
      );
  }
}

function timeoutError(hop: Hop, stage: Stage, ms: number): ConnectionError {
  return new ConnectionError(
    'CONNECT_TIMEOUT',
    `${whereOf(hop)} gave no SSH connection within ${ms / 1000} s: ${stageTexts[stage]}.`,
    {
      next: ['Check the address, port, VPN and firewall; then the load of the server.'],
      place: { host: hop.label },
    },
  );
}

function authError(
  hop: Hop,
  log: AuthLog,
  problems: readonly string[],
  accepts: readonly string[],
  reason: string,
) {
  const who = `${hop.settings.user}@${hop.settings.hostname}`;
  const notUsed = problems.map((problem) => `Not used: ${problem}.`);
  const methods =
    accepts.length === 0 || accepts.includes('publickey')
      ? []
      : [
          `The server accepts only: ${accepts.join(', ')}. ops logs in with keys: allow PubkeyAuthentication.`,
        ];
  const place = { host: hop.label };
  if (log.offered.length === 0) {
    return new ConnectionError('AUTH_NO_KEY', `There is no key to log in to ${who} with.`, {
      next: [
        ...notUsed,
        'Set OPS_SSH_KEY to a private key file, or load one into an SSH agent (`ssh-add`). Passwords are not used.',
        ...methods,
      ],
      place,
    });
  }
  if (log.signed && !accepts.includes('publickey')) {
    return new ConnectionError(
      'AUTH_MORE_NEEDED',
      `${who} accepted our key, and wants more: ${accepts.join(', ')}.`,
      {
        next: [
          'ops logs in with a key alone: allow that for this account (AuthenticationMethods publickey).',
        ],
        place,
      },
    );
  }
  const tooMany = /too many/i.test(reason);
  return new ConnectionError(
    'AUTH_FAILED',
    `${who} accepted none of our keys${tooMany ? ' (too many were tried)' : ''}.`,
    {
      next: [
        `Tried: ${log.offered.join('; ')}.`,
        ...notUsed,
        tooMany
          ? 'Name the one key: OPS_SSH_KEY, and IdentitiesOnly yes in ~/.ssh/config.'
          : `Check the user, and put the public key into ~/.ssh/authorized_keys of ${hop.settings.user} on the server.`,
        ...methods,
      ],
      place,
    },
  );
}

/**
 * Opens the byte stream of a hop: a TCP connection, or a tunnel of the jump host before it. Nothing is sent on it.
 * The stream rejects with a ConnectionError, which need not be handled.
 */
export function openStream(hop: Hop, via: Via | undefined): Opening {
  const { hostname, port, family } = hop.settings;
  if (via) {
    const stream = new Promise<Duplex>((resolve, reject) => {
      try {
        via.client.forwardOut('127.0.0.1', 0, hostname, port, (error, channel) => {
          if (!error) return resolve(channel);
          return reject(
            new ConnectionError(
              'JUMP_FAILED',
              `The jump host ${via.label} did not reach ${whereOf(hop)}: ${error.message}.`,
              {
                next: [
                  'Check the address as the jump host sees it, and AllowTcpForwarding in its sshd_config.',
                ],
                place: { host: hop.label },
                cause: error,
              },
            ),
          );
        });
      } catch (error) {
        reject(error);
      }
    });
    stream.catch(() => {});
    // A tunnel that opens after all is of no use to anybody.
    return { stream, cancel: () => void stream.then((late) => late.destroy()).catch(() => {}) };
  }
  const socket = connectTcp({ host: hostname, port, noDelay: true, ...(family === 0 ? {} : { family }) });
  const stream = new Promise<Duplex>((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.on('error', (error) => reject(socketError(error, hop)));
  });
  stream.catch(() => {});
  return { stream, cancel: () => socket.destroy() };
}

interface Attempt {
  open?: OpenHop;
  /** The host has signed the key exchange: it does hold the key that it showed. */
  proved: boolean;
  refused?: { verdict: Exclude<HostKeyVerdict, { ok: true }>; key: Buffer };
  error?: Error;
}

/** One try: connects, lets the host key be judged, logs in. */
async function attempt(
  hop: Hop,
  context: HopContext,
  { stream: opening, cancel }: Opening,
  seen: ReadonlySet<string>,
  accepted: Buffer | undefined,
): Promise<Attempt> {
  const { identities, policy, timings, signal, connectTimeoutMs } = context;
  const [{ NodeSSH }, ssh2] = await Promise.all([
    import('node-ssh'),
    import('ssh2').then((module) => module.default),
  ]);
  if (signal?.aborted) {
    cancel();
    throw new InterruptedError();
  }
  let stage: Stage = 'connection';
  let refused: Attempt['refused'];
  let proved = false;
  let accepts: readonly string[] = [];
  const log: AuthLog = { offered: [] };
  let stream: Duplex | undefined;
  let ssh: NodeSSH | undefined;

  let stop!: (error: OpsError) => void;
  const stopped = new Promise<never>((_resolve, reject) => (stop = reject));
  stopped.catch(() => {});
  const deadline = new Deadline(connectTimeoutMs, () => stop(timeoutError(hop, stage, connectTimeoutMs)));
  const onAbort = () => stop(new InterruptedError(undefined, { place: { host: hop.label } }));
  signal?.addEventListener('abort', onAbort, { once: true });
  const destroy = () => {
    cancel();
    stream?.destroy();
  };
  try {
    const opened = await Promise.race([opening, stopped]);
    stream = opened;
    // It was lost before anybody listened; ssh2 would wait for it for ever.
    if (opened.destroyed) throw socketError(opened.errored ?? new Error('it was closed at once'), hop);
    stage = 'banner';
    let asked = 0;
    const agent = identityAgent(ssh2, identities.identities, log, (waiting) =>
      waiting ? deadline.pause() : deadline.resume(),
    );
    ssh = new NodeSSH();
    const connecting = ssh.connect({
      sock: opened,
      username: hop.settings.user,
      // Our own deadline: it stands still while a person is asked.
      readyTimeout: 0,
      keepaliveInterval: timings.keepaliveMs,
      keepaliveCountMax: timings.keepaliveCount,
      algorithms: { serverHostKey: algorithmsFor(policy, seen) },
      // The short, synchronous form: a person is asked between two attempts, so that neither side's clock runs.
      hostVerifier: (key: Buffer) => {
        if (accepted?.equals(key)) return true;
        const verdict = judgeHostKey(policy, key);
        if (!verdict.ok) refused = { verdict, key };
        return verdict.ok;
      },
      authHandler: (methods: string[] | null) => {
        stage = 'login';
        if (asked === 0 && identities.identities.length > 0) {
          asked = 1;
          return { type: 'agent', username: hop.settings.user, agent };
        }
        // Nothing was accepted. The answer to `none` tells what would be; it costs a round trip, so it comes last.
        if (asked < 2) {
          asked = 2;
          return { type: 'none', username: hop.settings.user };
        }
        accepts = methods ?? [];
        return false;
      },
    });
    const { connection } = ssh;
    if (!connection) throw new Error('node-ssh made no client');
    // From the first moment on: an error without a listener would end the process.
    connection.on('error', () => {});
    connection.on('greeting', () => {});
    let gone = false;
    connection.once('close', () => (gone = true));
    connection.once('handshake', () => {
      stage = 'login';
      proved = true;
    });
    opened.once('data', () => {
      if (stage === 'banner') stage = 'handshake';
    });
    await Promise.race([connecting, stopped]);
    return {
      proved,
      open: {
        client: connection,
        close: () =>
          new Promise<void>((resolve) => {
            const done = () => {
              clearTimeout(timer);
              opened.destroy();
              resolve();
            };
            // A frozen server never answers to a good-bye.
            const timer = setTimeout(done, 1_000);
            if (gone) return done();
            connection.once('close', done);
            connection.end();
          }),
      },
    };
  } catch (caught) {
    destroy();
    if (refused) return { proved, refused };
    const error = caught as Error & { level?: string };
    if (error instanceof OpsError) return { proved, error };
    if (log.failure) return { proved, error: log.failure };
    if (error.level === 'client-authentication' || /too many authentication/i.test(error.message)) {
      return { proved, error: authError(hop, log, identities.problems, accepts, error.message) };
    }
    if (error.level === 'client-socket') return { proved, error: socketError(error, hop) };
    return {
      proved,
      error: new ConnectionError(
        'HANDSHAKE_FAILED',
        `${whereOf(hop)} and ops did not agree on an SSH connection: ${error.message}.`,
        {
          next: [
            'Check that an SSH server listens on this port, that it does not refuse you early (MaxStartups, fail2ban, hosts.deny), and its log.',
          ],
          place: { host: hop.label },
          cause: error,
        },
      ),
    };
  } finally {
    deadline.pause();
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Opens one hop. Its key is judged before anything is sent to it; an unknown key is shown to a person if one can
 * be asked, and added to known_hosts once the host has proved that it holds the key.
 * @throws ConnectionError, InterruptedError
 */
export async function openHop(hop: Hop, context: HopContext): Promise<OpenHop> {
  const { policy, confirmHostKey } = context;
  const seen = new Set<string>();
  let accepted: Buffer | undefined;
  let firstRefusal: OpsError | undefined;
  let { opening } = context;
  for (;;) {
    const { open, proved, refused, error } = await attempt(hop, context, opening, seen, accepted);
    if (proved && accepted !== undefined && policy.writeTo !== undefined) {
      // A file that cannot be written costs another question next time, and no deploy.
      await addKnownHost(policy.writeTo, policy.name, accepted).catch(() => {});
    }
    if (open) return open;
    if (!refused) throw firstRefusal ?? error ?? new Error(`no connection to ${hop.label}`);
    const { verdict, key } = refused;
    firstRefusal ??= verdict.error;
    if (verdict.retry && !seen.has(keyType(key))) {
      // The pinned fingerprint may be that of another of the host's keys; each type is asked for once.
      seen.add(keyType(key));
      if (algorithmsFor(policy, seen).length === 0) throw firstRefusal;
      opening = openStream(hop, context.via);
      continue;
    }
    if (verdict.question === undefined || !confirmHostKey || accepted !== undefined) throw firstRefusal;
    if (!(await confirmHostKey(verdict.question))) {
      throw new ConnectionError('HOST_KEY_REFUSED', `You did not trust the key of ${hop.label}.`, {
        place: { host: hop.label },
      });
    }
    accepted = key;
    opening = openStream(hop, context.via);
  }
}
