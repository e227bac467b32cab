import type { ScenarioRequest } from './scenario.ts';

/** A request as a person writes it; what is missing is usual. */
export interface WrittenRequest {
  name?: string;
  method?: string;
  path: string;
  weight?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  random?: readonly [number, number];
}

/** Methods that change nothing on a site that keeps to HTTP (RFC 9110, section 9.2.1). */
const harmless = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request may change something. */
export function writes({ method }: Pick<ScenarioRequest, 'method'>): boolean {
  return !harmless.has(method);
}

/** The request of a scenario, or a text: why it cannot be sent. */
export function makeRequest(written: WrittenRequest): ScenarioRequest | string {
  const { path, weight = 1, headers = {}, body, random } = written;
  const method = (written.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase();
  const name = written.name ?? `${method} ${path}`;
  if (!/^[A-Z]{1,20}$/.test(method)) return `${JSON.stringify(method)} is no method of HTTP`;
  if (!path.startsWith('/')) return `the path ${JSON.stringify(path)} does not begin with /`;
  if (!/^[\u0021-\u007E]+$/.test(path) || path.includes('#'))
    return `the path ${JSON.stringify(path)} has a character that must be encoded`;
  if (!(weight > 0 && weight <= 1_000_000)) return 'a weight is a number above 0';
  if (random && !(random[0] <= random[1])) return 'random is a pair of numbers, the smaller one first';
  if (/[{}<>]/.test(name.replaceAll(/\{(n|random)\}/g, '')))
    return `the name ${JSON.stringify(name)} has a bracket or a comparison sign in it`;
  for (const [header, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header)) return `${JSON.stringify(header)} is no header's name`;
    if (!/^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(value))
      return `the header ${header} has a character in it that no header may have`;
    if (/^(content-length|transfer-encoding|connection)$/i.test(header))
      return `the header ${header} is set by the generator itself`;
  }
  return {
    name,
    method,
    path,
    weight,
    headers: body === undefined ? headers : { ...typeOf(body, headers), ...headers },
    ...(body === undefined ? {} : { body }),
    ...(random ? { random } : {}),
  };
}

/** JSON is announced as such; anything else as a form, as curl does. */
function typeOf(body: string, headers: Readonly<Record<string, string>>): Record<string, string> {
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) return {};
  const json = /^\s*[[{]/.test(body);
  return { 'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded' };
}
