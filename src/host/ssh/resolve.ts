import { ConnectionError, UsageError } from '../../errors.ts';
import type { HostConfig } from '../../config/config.ts';
import type { ClientSettings, Endpoint } from './settings.ts';
import { parseEndpoint } from './settings.ts';

/** One SSH connection on the way to a host. */
export interface Hop {
  /** What people call it: the host's name, or the jump host as it was written. */
  label: string;
  /** As written, before the client configuration was asked. */
  endpoint: Endpoint;
  settings: ClientSettings;
  /** Pinned fingerprint; only ever of the host itself. */
  hostKey?: string;
  isJump: boolean;
}

export type ReadSettings = (endpoint: Endpoint) => Promise<ClientSettings>;

const longestChain = 8;

function jumpEndpoints(list: readonly string[], where: string): { text: string; endpoint: Endpoint }[] {
  return list.map((text) => {
    const endpoint = parseEndpoint(text);
    if (endpoint) return { text: text.trim(), endpoint };
    throw new UsageError('JUMP_HOST_INVALID', `"${text}" (${where}) is not a jump host.`, {
      next: ['Write it as user@host:port; user and port may be left out.'],
    });
  });
}

async function hopsTo(
  hop: Omit<Hop, 'settings'>,
  explicitJump: readonly string[] | undefined,
  read: ReadSettings,
  path: readonly string[],
): Promise<Hop[]> {
  const settings = await read(hop.endpoint);
  if (path.length >= longestChain) {
    throw new UsageError('JUMP_HOST_LOOP', `The jump hosts never end: ${[...path, hop.label].join(' → ')}.`, {
      next: ['Look at ProxyJump in your SSH configuration.'],
    });
  }
  if (settings.proxyCommand !== undefined && explicitJump === undefined) {
    throw new ConnectionError(
      'PROXY_COMMAND_UNSUPPORTED',
      `Your SSH configuration reaches ${hop.label} through a ProxyCommand, which ops does not run.`,
      {
        next: [
          'Use ProxyJump instead (most ProxyCommands are `ssh -W %h:%p jump-host`), or set `jump` of the host in ops.yaml.',
        ],
        place: { host: hop.label },
      },
    );
  }
  const list = explicitJump ?? settings.proxyJump?.split(',').filter((text) => text.trim() !== '') ?? [];
  const jumps = jumpEndpoints(list, explicitJump === undefined ? 'ProxyJump' : 'jump');
  const chain: Hop[] = [];
  for (const [index, { text, endpoint }] of jumps.entries()) {
    // The first jump host may itself be behind another one; the others are reached from the one before.
    const own = index === 0 ? undefined : [];
    chain.push(...(await hopsTo({ label: text, endpoint, isJump: true }, own, read, [...path, hop.label])));
  }
  return [...chain, { ...hop, settings }];
}

/**
 * Every connection on the way to a host, the host itself last.
 * What the host's own configuration says wins over the SSH client configuration.
 */
export async function resolveHops(host: HostConfig, read: ReadSettings): Promise<Hop[]> {
  if (host.address.startsWith('-') || /\s/.test(host.address) || host.address === '') {
    throw new UsageError('HOST_ADDRESS_INVALID', `"${host.address}" is not a host name or address.`);
  }
  const endpoint: Endpoint = {
    address: host.address,
    ...(host.user === undefined ? {} : { user: host.user }),
    ...(host.port === undefined ? {} : { port: host.port }),
  };
  const hop = {
    label: host.name,
    endpoint,
    isJump: false,
    ...(host.hostKey === undefined ? {} : { hostKey: host.hostKey }),
  };
  return hopsTo(hop, host.jump, read, []);
}
