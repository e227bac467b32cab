import { setFlag } from '../../readers/commands/splice.ts';
import { effectiveAll, named, own } from '../../readers/nginx/effective.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import { versionAtLeast } from '../../readers/nginx/values.ts';
import type { Edit } from '../../source/edits.ts';
import type { Fix } from '../finding.ts';
import { appendTo, editable, insertAfter, insertBefore, setArguments } from './nginx-edit.ts';
import { httpPlace, mergeEdits } from './nginx-places.ts';
import { serviceBehind, type Proxy } from './proxy.ts';
import { appKeepsSeconds, keepAliveFlag, keptSeconds, type Obstacle } from './upstream-keepalive.ts';

/** Enough for a small server; each worker of nginx keeps that many. */
const idleConnections = 32;

/** A location, and what keeps nginx from using its connections again. */
export interface KeepaliveCase {
  location: ProxiedLocation;
  obstacles: readonly Obstacle[];
}

/** An upstream block with `keepalive`, HTTP/1.1 and an empty Connection header, where they are missing. */
export function keepaliveFix(proxy: Proxy, cases: readonly KeepaliveCase[]): Fix {
  const { stack } = proxy;
  const title = 'Keep idle connections to the app';
  const { nginxVersion = '' } = proxy.service;
  // An upstream's `keepalive_timeout` is a mistake to an older one, which then does not start.
  const old = versionAtLeast(nginxVersion, '1.15.3') === false;
  const manual = `${old ? `Update nginx first: ${nginxVersion} cannot close idle connections before the app does. ` : ''}Put the app into an \`upstream\` block with \`keepalive 32;\`, name that block in \`proxy_pass\`, and where it is used set \`proxy_http_version 1.1;\` and \`proxy_set_header Connection "";\`. Let the app keep idle connections for 75 s.`;
  const changeable =
    !old &&
    cases.every(
      ({ location, obstacles }) =>
        (!obstacles.some(({ kind }) => kind === 'no-upstream') ||
          (simple(location) && httpPlace(stack.files, [location]) !== undefined)) &&
        editable(stack.files, location.pass.at) &&
        editable(stack.files, location.block.at) &&
        obstacles.every(({ directive }) => !directive || editable(stack.files, directive.at)),
    );
  const edits = changeable
    ? mergeEdits([...upstreamEdits(proxy, cases), ...locationEdits(proxy, cases)])
    : [];
  return {
    title,
    edits,
    ...(edits.length === 0 && { manual }),
    requires: 'reload',
    risk: `The app must keep idle connections longer than nginx does, or requests fail with 502 now and then (nginx-keepalive-race).`,
  };
}

/** A plain `http://host:port`, of which an upstream block can be made without changing what the app sees. */
function simple({ protocol, dynamic, targets, authority }: ProxiedLocation): boolean {
  return protocol === 'http' && !dynamic && targets.length === 1 && /^[\w.-]+(:\d+)?$/.test(authority);
}

/** An upstream block for each host that has none, and its name in each `proxy_pass` to that host. */
function upstreamEdits(proxy: Proxy, cases: readonly KeepaliveCase[]): readonly Edit[] {
  const { stack, config, locations } = proxy;
  const edits: Edit[] = [];
  const done = new Set<string>();
  const taken = new Set(named(config.directives, 'upstream').map(({ args }) => args[0]?.value ?? ''));
  for (const { location, obstacles } of cases) {
    const { authority } = location;
    for (const { kind, directive } of obstacles)
      if (kind === 'not-kept' && directive && !done.has(`${directive.at.path}:${directive.at.start}`)) {
        done.add(`${directive.at.path}:${directive.at.start}`);
        edits.push(
          directive.name === 'keepalive'
            ? setArguments(directive, String(idleConnections))
            : appendTo(stack.files, directive, [
                `keepalive ${idleConnections};`,
                ...keptLines(proxy, location, directive),
              ]),
        );
      }
    if (location.upstream || done.has(authority)) continue;
    done.add(authority);
    const users = locations.filter(
      (other) =>
        !other.upstream &&
        simple(other) &&
        other.authority === authority &&
        editable(stack.files, other.pass.at),
    );
    const [host = ''] = authority.split(':');
    const everywhere = locations.every(
      (other) => other.authority.split(':')[0] !== host || users.includes(other),
    );
    // An upstream must not share its name with a host that a proxy_pass gives a port.
    const wanted = everywhere ? host : `${host}_app`;
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
    taken.add(name);
    const place = httpPlace(stack.files, users.length > 0 ? users : [location]);
    if (!place) continue;
    edits.push(
      insertBefore(stack.files, place, [
        `upstream ${name} {`,
        `\tserver ${authority};`,
        '\t# Idle connections that each worker keeps. The app must keep them longer, so that it is nginx that closes.',
        `\tkeepalive ${idleConnections};`,
        `\tkeepalive_timeout ${keptTime(proxy, location) ?? keptSeconds}s;`,
        '}',
        '',
      ]),
    );
    for (const { pass } of users) {
      const [word] = pass.args;
      const source = stack.files.read(pass.at.path)?.slice(word?.at.start, word?.at.end) ?? '';
      const offset = source.indexOf(authority);
      if (!word || offset === -1) continue;
      const start = word.at.start + offset;
      edits.push({ path: word.at.path, start, end: start + authority.length, text: name });
    }
  }
  return edits;
}

/** Seconds for nginx, where the app's own limit cannot be raised in the project: then nginx must be the one that closes first. */
function keptTime({ stack }: Proxy, location: ProxiedLocation): number | undefined {
  const app = serviceBehind(stack, location)?.app;
  const keeps = app?.keepAlive?.value;
  if (!app || keeps === undefined || keeps > keptSeconds) return undefined;
  const flag = keepAliveFlag(app);
  if (flag !== undefined && setFlag(app, stack.files, flag, appKeepsSeconds).length > 0) return undefined;
  return Math.max(1, Math.floor(keeps) - 1);
}

function keptLines(proxy: Proxy, location: ProxiedLocation, upstream: NginxDirective): readonly string[] {
  const seconds = keptTime(proxy, location);
  return seconds === undefined || own(upstream, 'keepalive_timeout').length > 0
    ? []
    : [`keepalive_timeout ${seconds}s;`];
}

/** HTTP/1.1 and an empty Connection header, at the level where a location's headers come from. */
function locationEdits({ stack }: Proxy, cases: readonly KeepaliveCase[]): readonly Edit[] {
  const { files } = stack;
  const edits: Edit[] = [];
  const added = new Map<NginxDirective, Set<string>>();
  for (const { location, obstacles } of cases) {
    const { block } = location;
    const headers = effectiveAll(block, 'proxy_set_header');
    const [inherited] = headers;
    // A header of its own would cut the location off from all those that it inherits.
    const level = inherited?.parent && editable(files, inherited.at) ? inherited.parent : block;
    const add = (line: string): void => {
      added.set(level, (added.get(level) ?? new Set()).add(line));
    };
    for (const { kind, directive } of obstacles) {
      if (kind === 'http-version') {
        if (directive) edits.push(setArguments(directive, '1.1'));
        else add('proxy_http_version 1.1;');
      } else if (kind === 'connection') {
        if (directive?.parent?.name === 'map') edits.push(setArguments(directive, "''"));
        else if (directive) edits.push(setArguments(directive, 'Connection ""'));
        else add('proxy_set_header Connection "";');
      } else if (
        kind === 'no-upstream' &&
        !headers.some(({ args }) => args[0]?.value.toLowerCase() === 'host')
      ) {
        // Without it the app would see the upstream's name instead of its own as Host.
        add(`proxy_set_header Host ${location.authority};`);
      }
    }
  }
  for (const [block, lines] of added) {
    const anchor = [own(block, 'proxy_set_header').at(-1), own(block, 'proxy_pass')[0]].find(
      (each) => each && editable(files, each.at),
    );
    edits.push(anchor ? insertAfter(files, anchor, [...lines]) : appendTo(files, block, [...lines]));
  }
  return edits;
}
