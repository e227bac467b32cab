import { randomBytes } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { InterruptedError, UsageError } from '../errors.ts';
import type { HostConfig, SshConfig } from '../config/config.ts';
import type { Connect } from './host.ts';
import { SshHost } from './ssh-host.ts';
import { clientConfigReader } from './ssh/client-config.ts';
import type { OpenHop, Via } from './ssh/client.ts';
import { openHop, openStream } from './ssh/client.ts';
import type { ConfirmHostKey, HostKeyPolicy } from './ssh/host-key.ts';
import { checkPin, readKnownHosts } from './ssh/host-key.ts';
import type { AskPassphrase, Identity, IdentityList, PassphraseSource } from './ssh/identities.ts';
import { identitiesOfAgent, identityFromFile, identityFromText, orderIdentities } from './ssh/identities.ts';
import { knownHostsName } from './ssh/known-hosts.ts';
import { expandHome, unquotePath } from './ssh/paths.ts';
import type { Hop } from './ssh/resolve.ts';
import { resolveHops } from './ssh/resolve.ts';
import { expandTokens } from './ssh/settings.ts';
import type { SshTimings } from './ssh/timings.ts';
import { defaultTimings } from './ssh/timings.ts';

export interface SshConnectorOptions {
  ssh: SshConfig;
  /** Exported as OPS_RUN_ID to every remote command; letters, digits, `.`, `_` and `-`. */
  runId: string;
  env: NodeJS.ProcessEnv;
  /** Asks a person; without it an encrypted key needs `ssh.passphrase` or an agent. */
  askPassphrase?: AskPassphrase;
  /** Asks a person; without it an unknown host key is refused. */
  confirmHostKey?: ConfirmHostKey;
  timings?: Partial<SshTimings>;
  /** A file of the project names `ssh.configFile`: nothing in that file is run (`Match exec`). */
  configOfProject?: boolean;
}

interface Machine {
  platform: NodeJS.Platform;
  /** Home of the user's own settings: $HOME, as in a shell. */
  home: string;
  /** Home as ssh sees it: that of the account, whatever $HOME says. */
  sshHome: string;
  user: string;
}

function machineOf(env: NodeJS.ProcessEnv): Machine {
  const account = userInfo();
  return {
    platform: process.platform,
    home: env['HOME'] ?? env['USERPROFILE'] ?? homedir(),
    sshHome: account.homedir,
    user: account.username,
  };
}

const windowsAgent = String.raw`\\.\pipe\openssh-ssh-agent`;

/** The agent's socket and whether the user asked for it; undefined: none. */
function agentSocket(
  hop: Hop,
  env: NodeJS.ProcessEnv,
  expand: (path: string) => string,
  { platform }: Machine,
) {
  const wanted = hop.settings.identityAgent;
  if (wanted?.toLowerCase() === 'none') return undefined;
  const named = wanted !== undefined && wanted !== 'SSH_AUTH_SOCK';
  if (named) {
    const socket = wanted.startsWith('$') ? env[wanted.slice(1).replace(/^\{(.*)\}$/, '$1')] : expand(wanted);
    return socket ? { socket, expected: true } : undefined;
  }
  const socket = env['SSH_AUTH_SOCK'];
  if (socket) return { socket, expected: true };
  return platform === 'win32' ? { socket: windowsAgent, expected: false } : undefined;
}

/** Reads every key that may be offered to a hop. */
async function readIdentities(
  hop: Hop,
  host: HostConfig,
  { ssh, env }: SshConnectorOptions,
  machine: Machine,
  source: PassphraseSource,
): Promise<IdentityList> {
  const ssh2 = (await import('ssh2')).default;
  const problems: string[] = [];
  if (ssh.key !== undefined) {
    // Key text is for machines: it is the one key that is meant, and nothing else is tried.
    const identity = await identityFromText(
      ssh2,
      ssh.key.reveal(),
      'key of OPS_SSH_KEY_CONTENT',
      'OPS_SSH_KEY_CONTENT',
      source,
    );
    if (typeof identity !== 'string') return { identities: [identity], problems };
    throw new UsageError('KEY_TEXT_INVALID', `The ${identity}.`, {
      next: ['Give the whole private key, with its first and last line and its line ends.'],
    });
  }
  const { settings } = hop;
  const values = { home: machine.sshHome, localUser: machine.user, original: hop.endpoint.address, settings };
  const expand = (path: string) =>
    expandHome(expandTokens(unquotePath(path), values), {
      home: machine.sshHome,
      platform: machine.platform,
    });

  const read = async (path: string, explicit: boolean): Promise<Identity[]> => {
    const identity = await identityFromFile(ssh2, { path, explicit }, source, machine.platform);
    if (typeof identity === 'string') problems.push(identity);
    return identity === undefined || typeof identity === 'string' ? [] : [identity];
  };
  const own = host.keyFile === undefined ? undefined : expandHome(unquotePath(host.keyFile), machine);
  // The key of the host is offered to its jump hosts too.
  const named = own === undefined ? [] : await read(own, true);
  const optional: Identity[] = [];
  for (const file of new Set(settings.identityFiles.map((path) => expand(path)))) {
    if (file !== own) optional.push(...(await read(file, false)));
  }
  const agent = agentSocket(hop, env, expand, machine);
  let agentKeys: Identity[] = [];
  if (agent !== undefined) {
    const keys = await identitiesOfAgent(ssh2, agent.socket);
    if (typeof keys !== 'string') agentKeys = keys;
    else if (agent.expected) problems.push(keys);
  }
  return { identities: orderIdentities(named, agentKeys, optional, settings.identitiesOnly), problems };
}

async function policyOf(hop: Hop, { ssh }: SshConnectorOptions, machine: Machine): Promise<HostKeyPolicy> {
  const { settings, endpoint } = hop;
  const values = { home: machine.sshHome, localUser: machine.user, original: endpoint.address, settings };
  const expand = (path: string) =>
    expandHome(expandTokens(path, values), { home: machine.sshHome, platform: machine.platform });
  const own = ssh.knownHostsFile === undefined ? [] : [expandHome(unquotePath(ssh.knownHostsFile), machine)];
  const users = [...own, ...settings.userKnownHostsFiles.map((path) => expand(path))];
  if (hop.hostKey !== undefined) checkPin(hop.hostKey, hop.label);
  return {
    label: hop.label,
    name: knownHostsName(settings.hostname, settings.port, settings.hostKeyAlias),
    entries: await readKnownHosts([...users, ...settings.globalKnownHostsFiles.map((path) => expand(path))]),
    writeTo: users[0],
    isJump: hop.isJump,
    ...(hop.hostKey === undefined ? {} : { pinned: hop.hostKey }),
  };
}

/** Several hosts are opened at once, but a person answers one question at a time. */
function oneAtATime<Question, Reply>(ask: (question: Question) => Promise<Reply>) {
  let last: Promise<unknown> = Promise.resolve();
  return (question: Question): Promise<Reply> => {
    const reply = last.then(() => ask(question));
    last = reply.catch(() => {});
    return reply;
  };
}

/**
 * Makes the function that opens hosts over SSH: settings from the user's SSH configuration, strict host keys for
 * every hop, login by key only.
 */
export function sshConnector(options: SshConnectorOptions): Connect<HostConfig> {
  const { ssh, env, runId, askPassphrase } = options;
  const confirmHostKey = options.confirmHostKey && oneAtATime(options.confirmHostKey);
  const source: PassphraseSource = {
    opened: new Map(),
    ...(ssh.passphrase === undefined ? {} : { passphrase: ssh.passphrase }),
    ...(askPassphrase === undefined ? {} : { ask: oneAtATime(askPassphrase) }),
  };
  const { keepaliveMs = defaultTimings.keepaliveMs } = ssh;
  const timings = { ...defaultTimings, keepaliveMs, ...options.timings };
  const machine = machineOf(env);
  const configFile =
    ssh.configFile === undefined || ssh.configFile.toLowerCase() === 'none'
      ? ssh.configFile
      : expandHome(unquotePath(ssh.configFile), machine);
  const readSettings = clientConfigReader({
    env,
    home: machine.sshHome,
    localUser: machine.user,
    platform: machine.platform,
    timeoutMs: timings.configMs,
    ...(configFile === undefined ? {} : { configFile }),
    runsCommands: options.configOfProject !== true,
  });

  return async (host, signal) => {
    if (signal?.aborted) throw new InterruptedError();
    const hops = await resolveHops(host, readSettings);
    const open: OpenHop[] = [];
    const close = async () => {
      for (const hop of open.toReversed()) await hop.close();
      open.length = 0;
    };
    try {
      let via: Via | undefined;
      for (const hop of hops) {
        // On its way while ssh2 is loaded, which takes longer than a server needs to greet.
        const opening = openStream(hop, via);
        const [identities, policy] = await Promise.all([
          readIdentities(hop, host, options, machine, source),
          policyOf(hop, options, machine),
        ]).catch((error: unknown) => {
          opening.cancel();
          throw error;
        });
        const opened = await openHop(hop, {
          identities,
          policy,
          opening,
          timings,
          connectTimeoutMs: ssh.connectTimeoutMs,
          ...(confirmHostKey === undefined ? {} : { confirmHostKey }),
          ...(signal === undefined ? {} : { signal }),
          ...(via === undefined ? {} : { via }),
        });
        open.push(opened);
        via = { label: hop.label, client: opened.client };
      }
      if (!via) throw new Error(`no way to ${host.name} was found`);
      const connection = { name: host.name, client: via.client, close };
      const marker = `ops-${randomBytes(9).toString('hex')}`;
      return new SshHost(connection, { runId, marker }, timings);
    } catch (error) {
      await close();
      throw error;
    }
  };
}
