/** An SSH address as people write it. */
export interface WrittenEndpoint {
  address: string;
  user?: string;
  port?: number;
}

const addressPattern = /^[A-Za-z0-9_](?:[\w.-]*\w)?$/;
const ipv6Pattern = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?$/;
const userPattern = /^[A-Za-z0-9_.][\w.@\\+$-]*$/;

/** Why this is neither host name, IP address nor alias of the SSH configuration. */
export function addressProblem(address: string): string | undefined {
  if (address === '') return 'the address is empty';
  if (address.startsWith('-')) return 'the address begins with -';
  if (addressPattern.test(address) || ipv6Pattern.test(address)) return undefined;
  return `"${address}" is no host name, IP address or SSH alias`;
}

/** Why this is no user name of a server. */
export function userProblem(user: string): string | undefined {
  return userPattern.test(user) ? undefined : `"${user}" is no user name`;
}

/** Reads `user@host:port`, `host`, `[2001:db8::1]:22`, `ssh://user@host:port`; a string answer says what is wrong. */
export function parseWrittenEndpoint(text: string): WrittenEndpoint | string {
  const bare = text.trim().replace(/^ssh:\/\//, '');
  const at = bare.lastIndexOf('@');
  const user = at === -1 ? undefined : bare.slice(0, at);
  const [address, portText] = splitPort(bare.slice(at + 1));
  if (user !== undefined) {
    if (user.includes(':')) return 'a password cannot stand there; ops logs in with keys';
    const problem = userProblem(user);
    if (problem !== undefined) return problem;
  }
  const problem = addressProblem(address);
  if (problem !== undefined) return problem;
  if (portText !== undefined && !isPort(portText)) return `"${portText}" is no port from 1 to 65535`;
  return {
    address,
    ...(user === undefined ? {} : { user }),
    ...(portText === undefined ? {} : { port: Number(portText) }),
  };
}

function splitPort(text: string): [address: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return [bracketed[1] ?? '', bracketed[2]];
  const colon = text.indexOf(':');
  // More than one colon without brackets is an IPv6 address.
  if (colon === -1 || text.includes(':', colon + 1)) return [text, undefined];
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
