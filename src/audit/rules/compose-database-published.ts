import type { ComposePort } from '../../readers/compose/project.ts';
import { setIn } from '../../readers/compose/splice.ts';
import type { Edit } from '../../source/edits.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import { isStore, listText } from '../subjects/compose.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

export const composeDatabasePublished = rule({
  id: 'compose-database-published',
  category: 'operations',
  severity: 'high',
  title: {
    fail: 'The database can be reached from the network',
    pass: 'The database can be reached only from the host and the stack',
  },
  why: 'A published port listens on every address of the host, and Docker opens it past `ufw` and `firewalld`. The services of the stack need no published port: they reach each other by name. For a tool on the host `127.0.0.1:5432:5432` is enough, from elsewhere an SSH tunnel.',
  example: { language: 'yaml', bad: "ports:\n  - '5432:5432'", good: "ports:\n  - '127.0.0.1:5432:5432'" },
  references: [
    'https://docs.docker.com/engine/network/packet-filtering-firewalls/#docker-and-ufw',
    'https://docs.docker.com/reference/compose-file/services/#ports',
  ],
  evaluate: (stack) => stack.services.filter(isStore).flatMap((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict[] {
  const { ports } = service.compose;
  const [first] = ports;
  if (first === undefined) return [];
  const open = ports.filter(({ address, unresolved }) => address === undefined && !unresolved);
  const common = { subject: service.name, confidence: 'static' } as const;
  const [port] = open;
  if (port)
    return [
      {
        ...common,
        status: 'fail',
        at: port.at,
        message: `${service.name} listens on every address of the host, at port ${listText(open.map(portText))}. A firewall such as ufw does not keep Docker's ports closed.`,
        current: open.map((one) => `0.0.0.0:${portText(one)}`).join(', '),
        expected: '127.0.0.1, or no published port',
        fix: {
          title: `Publish ${service.name} on 127.0.0.1 only`,
          ...editsOrManual(stack, service, open),
          requires: 'recreate',
          risk: 'Whoever reaches it from another machine now needs an SSH tunnel.',
        },
      },
    ];
  const unseen = ports.find(({ unresolved }) => unresolved);
  if (unseen)
    return [
      {
        ...common,
        status: 'unknown',
        at: unseen.at,
        message: `Where ${service.name} is published comes from ${listText((unseen.unresolved ?? []).map((name) => `$${name}`))}, which has no value here.`,
      },
    ];
  return [
    {
      ...common,
      status: 'pass',
      at: first.at,
      message: `${service.name} is published on ${[...new Set(ports.map(({ address }) => address))].join(' and ')} only.`,
    },
  ];
}

function portText({ published, target }: ComposePort): string {
  return published ?? `${target} (a free one)`;
}

function editsOrManual(
  stack: Stack,
  service: Service,
  open: readonly ComposePort[],
): { edits: readonly Edit[]; manual?: string } {
  const entries = new Map(open.map((port) => [port.at.start, port]));
  const edits = [...entries.values()].map((port) => onLoopback(stack, service, port));
  return edits.every((edit) => edit !== undefined)
    ? { edits: edits.flat() }
    : {
        edits: [],
        manual: `Put \`127.0.0.1:\` before the published ports of \`${service.name}\` (\`host_ip: 127.0.0.1\` in the long form), or take them out.`,
      };
}

/** The address before the entry, quotes kept; `host_ip` in the long form. */
function onLoopback(stack: Stack, service: Service, { at }: ComposePort): Edit[] | undefined {
  const text = stack.files.read(at.path)?.slice(at.start, at.end) ?? '';
  const match = /^(["']?)(?:0\.0\.0\.0:|\[::\]:)?(\d[\d:-]*(?:\/[a-z]+)?)\1$/.exec(text);
  const ports = match?.[2];
  if (ports !== undefined)
    return [{ ...at, text: `${match?.[1]}127.0.0.1:${ports.includes(':') ? '' : ':'}${ports}${match?.[1]}` }];
  const list = service.compose.get('ports');
  const index =
    list?.kind === 'list'
      ? list.items.findIndex((item) => item.at.start === at.start && item.at.path === at.path)
      : -1;
  const item = service.compose.get('ports', index);
  if (item?.kind !== 'map' || service.compose.definitions.length !== 1 || item.shared) return undefined;
  return setIn(stack.files, service.compose, ['ports', index], { host_ip: '127.0.0.1' });
}
