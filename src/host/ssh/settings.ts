import { isIPv6 } from 'node:net';

/** One endpoint as the user named it: a target host or a jump host. */
export interface Endpoint {
  address: string;
  user?: string;
  port?: number;
}

/** What the SSH client configuration says about an endpoint. Paths may still have `~` and `%` tokens. */
export interface ClientSettings {
  hostname: string;
  user: string;
  port: number;
  identityFiles: readonly string[];
  identitiesOnly: boolean;
  /** `none`, `SSH_AUTH_SOCK`, `$VARIABLE` or a path; undefined: the default. */
  identityAgent?: string;
  userKnownHostsFiles: readonly string[];
  globalKnownHostsFiles: readonly string[];
  hostKeyAlias?: string;
  /** Jump hosts in order; undefined: none. */
  proxyJump?: string;
  proxyCommand?: string;
  /** 0: IPv4 or IPv6, whatever answers. */
  family: 0 | 4 | 6;
}

/** Values of one configuration, by lower-case directive; a directive may be given several times. */
export type Directives = ReadonlyMap<string, readonly string[]>;

/** Reads the output of `ssh -G`: one `directive value` a line, every default filled in. */
export function parseDirectives(text: string): Directives {
  const directives = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space <= 0) continue;
    const name = line.slice(0, space).toLowerCase();
    const values = directives.get(name);
    if (values) values.push(line.slice(space + 1));
    else directives.set(name, [line.slice(space + 1)]);
  }
  return directives;
}

const families: Record<string, ClientSettings['family']> = { inet: 4, inet6: 6 };

/** `none` switches a setting off. */
const unlessNone = (value: string | undefined): string | undefined =>
  value === undefined || value.toLowerCase() === 'none' ? undefined : value;

/** Splits a list of paths: words, double quotes around those with spaces. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** Settings from directives, with what the directives leave open taken from `defaults`. */
export function toSettings(directives: Directives, defaults: ClientSettings): ClientSettings {
  const first = (name: string) => directives.get(name)?.[0];
  const files = (name: string, fallback: readonly string[]) => {
    const value = first(name);
    if (value === undefined) return fallback;
    return unlessNone(value) === undefined ? [] : splitWords(value);
  };
  const port = Number(first('port'));
  const identityAgent = first('identityagent') ?? defaults.identityAgent;
  const hostKeyAlias = unlessNone(first('hostkeyalias'));
  const proxyJump = unlessNone(first('proxyjump'));
  const proxyCommand = unlessNone(first('proxycommand'));
  const identityFiles = directives.get('identityfile')?.filter((file) => unlessNone(file) !== undefined);
  return {
    hostname: first('hostname') ?? defaults.hostname,
    user: first('user') ?? defaults.user,
    port: Number.isInteger(port) && port > 0 && port <= 65_535 ? port : defaults.port,
    identityFiles: identityFiles ?? defaults.identityFiles,
    identitiesOnly:
      (first('identitiesonly') ?? (defaults.identitiesOnly ? 'yes' : 'no')).toLowerCase() === 'yes',
    ...(identityAgent === undefined ? {} : { identityAgent }),
    userKnownHostsFiles: files('userknownhostsfile', defaults.userKnownHostsFiles),
    globalKnownHostsFiles: files('globalknownhostsfile', defaults.globalKnownHostsFiles),
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
    ...(proxyJump === undefined ? {} : { proxyJump }),
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
    family: families[(first('addressfamily') ?? '').toLowerCase()] ?? defaults.family,
  };
}

/** What OpenSSH assumes for an endpoint that no configuration mentions. */
export function defaultSettings(
  endpoint: Endpoint,
  localUser: string,
  platform: NodeJS.Platform,
  programData = String.raw`C:\ProgramData`,
): ClientSettings {
  const global = platform === 'win32' ? `${programData}\\ssh` : '/etc/ssh';
  return {
    hostname: endpoint.address,
    user: endpoint.user ?? localUser,
    port: endpoint.port ?? 22,
    identityFiles: ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'],
    identitiesOnly: false,
    userKnownHostsFiles: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
    globalKnownHostsFiles: [`${global}/ssh_known_hosts`, `${global}/ssh_known_hosts2`],
    family: 0,
  };
}

/**
 * Writes the home directory as `~` in the output of `ssh -G`, which does not quote a home with a space in it
 * (`C:\Users\Jane Doe`), so that lists of paths can be split.
 */
export function abbreviateHome(text: string, home: string): string {
  if (!/\s/.test(home)) return text;
  const forms = [home, home.replaceAll('\\', '/'), home.replaceAll('\\', '\\\\')];
  return forms.reduce((result, form) => result.replaceAll(form, '~'), text);
}

/** Values of the `%` tokens of ssh_config(5) that make sense in a path. */
export interface TokenValues {
  home: string;
  localUser: string;
  original: string;
  settings: Pick<ClientSettings, 'hostname' | 'user' | 'port'>;
}

/** Replaces `%d %h %n %p %r %u %%`; other tokens stay, so that the path is reported as it was written. */
export function expandTokens(path: string, { home, localUser, original, settings }: TokenValues): string {
  const values: Record<string, string> = {
    '%%': '%',
    '%d': home,
    '%h': settings.hostname,
    '%n': original,
    '%p': String(settings.port),
    '%r': settings.user,
    '%u': localUser,
  };
  return path.replace(/%./g, (token) => values[token] ?? token);
}

/**
 * Reads one jump host, `user@host:port`, `[v6]:port` or `ssh://user@host:port`.
 * @returns undefined when it is none of them
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match =
    /^(?:ssh:\/\/)?(?:(?<user>.+)@)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:@/]+|[0-9a-fA-F:]*::?[0-9a-fA-F:]+))(?::(?<port>\d{1,5}))?\/?$/.exec(
      text.trim(),
    );
  const address = match?.groups?.['v6'] ?? match?.groups?.['host'];
  if (address === undefined || address.startsWith('-')) return undefined;
  if (address.includes(':') && !isIPv6(address)) return undefined;
  const user = match?.groups?.['user'];
  const port = match?.groups?.['port'] === undefined ? undefined : Number(match.groups['port']);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { address, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}
