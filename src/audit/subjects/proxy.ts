import { proxiedLocations, locationName, type ProxiedLocation } from '../../readers/nginx/locations.ts';
import { printDirective } from '../../readers/nginx/print.ts';
import type { NginxConfig, NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import { isServerPath } from '../../stack/nginx-files.ts';
import { hasServer } from '../../stack/nginx-made.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { Confidence, EvidenceLine, Verdict } from '../finding.ts';
import { mergeEdits } from './nginx-places.ts';

/** An nginx of the stack whose configuration could be read. */
export interface Proxy {
  stack: Stack;
  service: Service;
  config: NginxConfig;
  /** Where it passes requests on, all protocols. */
  locations: readonly ProxiedLocation[];
  confidence: Confidence;
  /** Why something may be set that is not seen: a file that could not be read. */
  unseen?: string;
}

/** What a judge says of one nginx; the rest of a verdict is the same for all. */
export type ProxyVerdict = Omit<Verdict, 'subject' | 'confidence'> & Partial<Pick<Verdict, 'confidence'>>;

/** Asks for a verdict on each nginx of the stack; one whose configuration could not be read is `unknown`. */
export function judgeProxies(
  stack: Stack,
  judge: (proxy: Proxy) => ProxyVerdict | undefined,
): readonly Verdict[] {
  return stack.services.flatMap((service): Verdict[] => {
    if (service.role !== 'proxy') return [];
    const subject = service.name;
    const config = service.nginx;
    if (!config || (config.problems.length > 0 && !hasServer(config)))
      return [
        {
          status: 'unknown',
          subject,
          confidence: 'static',
          message: `The configuration of nginx in ${subject} cannot be read${config?.problems[0] ? `: ${config.problems[0].message}` : '.'}`,
          at: service.compose.nameAt,
        },
      ];
    const confidence = config.paths.some(isServerPath) ? 'live' : 'static';
    const problem = config.problems[0];
    const verdict = judge({
      stack,
      service,
      config,
      locations: proxiedLocations(config),
      confidence,
      ...(problem && { unseen: problem.message }),
    });
    return verdict ? [{ confidence, ...safeEdits(verdict, config), subject }] : [];
  });
}

/**
 * A configuration that nginx would refuse is not edited: what a brace too few or too many means is a guess. A file that
 * several locations include asks for the same edit once for each of them.
 */
function safeEdits(verdict: ProxyVerdict, { problems }: NginxConfig): ProxyVerdict {
  const { fix } = verdict;
  if (!fix || fix.edits.length === 0) return verdict;
  const wrong = problems.find(({ kind }) => kind === 'syntax');
  if (wrong)
    return {
      ...verdict,
      fix: { ...fix, edits: [], manual: `Mend the configuration first: ${wrong.message}` },
    };
  const edits = mergeEdits(fix.edits);
  return overlap(edits)
    ? {
        ...verdict,
        fix: {
          ...fix,
          edits: [],
          manual:
            fix.manual ?? 'Locations that include the same file need different values: give each its own.',
        },
      }
    : { ...verdict, fix: { ...fix, edits } };
}

/** Whether two edits want to change the same text, each in its way. */
function overlap(edits: readonly Edit[]): boolean {
  const sorted = edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
  const ends = new Map<string, number>();
  return sorted.some(({ path, start, end }) => {
    const before = ends.get(path) ?? 0;
    ends.set(path, Math.max(before, end));
    return start < before;
  });
}

/** The service of the stack that a host name means: its name, a network alias, its host or container name. */
export function serviceOf(stack: Stack, host: string): Service | undefined {
  return (
    stack.services.find(({ name }) => name === host) ??
    stack.services.find(({ compose }) => {
      const names = ['container_name', 'hostname'].map((key) => compose.get(key));
      const networks = compose.get('networks');
      if (networks?.kind === 'map')
        for (const network of networks.entries.keys()) {
          const aliases = compose.get('networks', network, 'aliases');
          if (aliases?.kind === 'list') names.push(...aliases.items);
        }
      return names.some((node) => node?.kind === 'scalar' && node.value === host);
    })
  );
}

/** The service that a location passes to; undefined: another host, or not known. */
export function serviceBehind(stack: Stack, { targets }: ProxiedLocation): Service | undefined {
  for (const { host } of targets) {
    const service = serviceOf(stack, host);
    if (service) return service;
  }
  return undefined;
}

/** An app of the user's own, as far as one can tell: not a database's console or another ready-made image. */
function isApp(service: Service | undefined): boolean {
  return (
    service !== undefined &&
    (service.role === 'app' || (service.role === 'other' && service.compose.build !== undefined))
  );
}

/** Locations that pass requests to apps, or to hosts that are not in the stack. */
export function appLocations({ stack, locations }: Proxy): readonly ProxiedLocation[] {
  return locations.filter((location) => {
    const service = serviceBehind(stack, location);
    return service === undefined || isApp(service);
  });
}

/** Whether others than containers of the stack can reach a service. */
export function isPublished(service: Service): boolean {
  const mode = service.compose.get('network_mode');
  return service.compose.ports.length > 0 || (mode?.kind === 'scalar' && mode.value === 'host');
}

/** Another proxy of the same stack that users come through: Traefik, Caddy, a tunnel. */
export function frontProxy(stack: Stack, service: Service): Service | undefined {
  if (isPublished(service)) return undefined;
  return stack.services.find(
    (other) =>
      other !== service &&
      (other.role === 'other-proxy' ||
        /cloudflared|\/ngrok|tailscale/.test(other.compose.image?.value ?? '')),
  );
}

/** A directive as evidence. */
export function seen(directive: NginxDirective): EvidenceLine {
  return { at: directive.at, text: printDirective(directive) };
}

/** `location /` or `location / and location /api/` or `location / and 3 more`. */
export function locationNames(locations: readonly ProxiedLocation[]): string {
  const names = [...new Set(locations.map(locationName))];
  const [first = '', second] = names;
  if (names.length === 2) return `${first} and ${second}`;
  return names.length < 2 ? first : `${first} and ${names.length - 1} more`;
}
