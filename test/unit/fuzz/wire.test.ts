import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { ResponseParser } from '../../../src/bench/http/response-parser.ts';
import { parseSamples } from '../../../src/bench/server-figures.ts';
import {
  checkHostKey,
  knownHostsName,
  knownKeyTypes,
  orderHostKeyAlgorithms,
  parseKnownHosts,
} from '../../../src/host/ssh/known-hosts.ts';
import { defaultSettings, parseDirectives, toSettings } from '../../../src/host/ssh/settings.ts';
import { mutated, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';

/** The key that a host shows; no known_hosts file has it. */
const keys = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'a@b' });

const responses = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache-Status: HIT\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\n\r\nuntil the end',
];
const httpPieces = [
  ...oddPieces,
  '\r\n\r\n',
  'HTTP/1.1 ',
  'HTTP/2 ',
  'Content-Length: -5\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'ffffffffffffffff\r\n',
  '-1\r\n',
  '0\r\n',
  'X'.repeat(70_000),
];

it('5000 HTTP answers, in any pieces, end or are refused, and are counted to the byte', async () => {
  const random = seeded(51);
  const verdicts = new Set<string>();
  const trial = await tryAll(
    5000,
    (index) => mutated(responses[index % responses.length] ?? '', httpPieces, random),
    (text) => {
      const bytes = Buffer.from(text, 'latin1');
      const parser = new ResponseParser();
      parser.begin(random() < 0.1);
      let verdict = 'more';
      let offset = 0;
      while (offset < bytes.length && verdict === 'more') {
        const end = Math.min(bytes.length, offset + 1 + Math.floor(random() ** 3 * bytes.length));
        verdict = parser.push(bytes.subarray(offset, end));
        offset = end;
      }
      verdicts.add(verdict);
      parser.closed();
      expect(parser.bytes).toBe(offset);
      expect(parser.status === 0 || (parser.status >= 200 && parser.status <= 599)).toBe(true);
      expect(parser.reusable).toBe(false);
    },
  );
  expect(trial).toEqual({ count: 5000, broken: [] });
  expect([...verdicts].toSorted()).toEqual(['broken', 'done', 'more']);
}, 120_000);

it('10000 outputs of the sampling script', async () => {
  const random = seeded(52);
  const output = [
    'ticks 100\ncpus 2\ncontainer 0 backend 1.5 1073741824\nbegin',
    'sample 10.1 cpu=1,2,3,4,5,6,7,8 c0=100,1,0,5000,100 p0=12:5,13:6\ndb 0 5|100|3',
    'sample 11.1 cpu=2,3,4,5,6,7,8,9 c0=200,2,1,6000,100 p0=12:9,13:7\n',
  ].join('\n');
  const pieces = [...oddPieces, 'sample ', 'begin\n', 'cpu=', 'c0=', 'p0=', 'db 0 ', ',,,,', '1e400'];
  const trial = await tryAll(
    10_000,
    () => mutated(output, pieces, random),
    (text) => {
      const figures = parseSamples(text.split('\n'), 'web1');
      expect(JSON.stringify(figures ?? { host: 'web1' })).toContain('"host":"web1"');
    },
  );
  expect(trial).toEqual({ count: 10_000, broken: [] });
}, 120_000);

it('3000 known_hosts files: a key that is not in them is never trusted', async () => {
  const random = seeded(53);
  const known = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8').slice(0, 100);
  const other = ssh2.utils.generateKeyPairSync('ed25519').public.split(' ')[1] ?? '';
  const blob = Buffer.from(keys.public.split(' ')[1] ?? '', 'base64');
  const text = [
    '# comment',
    `web1,[web2]:2222,*.example,!bad.example ssh-ed25519 ${other} a@b`,
    `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ${other}`,
    `@revoked web1 ssh-ed25519 ${other}`,
    `@cert-authority *.example ssh-ed25519 ${other}`,
    known,
  ].join('\n');
  const pieces = [
    ...oddPieces,
    '|1|',
    '|1||',
    '@revoked ',
    '@cert-authority ',
    '*',
    '?',
    '!',
    '[',
    ']:22 ',
    'web1 ',
    'ssh-ed25519 ',
    'ssh-rsa ',
  ];
  const trial = await tryAll(
    3000,
    () => mutated(text, pieces, random),
    (file) => {
      const entries = parseKnownHosts(file, 'known_hosts');
      for (const name of [knownHostsName('web1', 22), knownHostsName('web2', 2222)]) {
        expect(checkHostKey(entries, name, blob).status).not.toBe('match');
        expect(orderHostKeyAlgorithms(knownKeyTypes(entries, name)).length).toBeGreaterThan(0);
      }
    },
  );
  expect(trial).toEqual({ count: 3000, broken: [] });
}, 120_000);

it('10000 outputs of ssh -G', async () => {
  const random = seeded(54);
  const text = [
    'user deploy\nhostname web1.example\nport 2222\naddressfamily inet\nidentityfile ~/.ssh/id_ed25519',
    'identityfile "~/my keys/id"\nuserknownhostsfile ~/.ssh/known_hosts /etc/x\nproxyjump a@b:22,c',
    'serveraliveinterval 15\nconnecttimeout none\nstricthostkeychecking accept-new\nidentitiesonly yes\n',
  ].join('\n');
  const defaults = defaultSettings({ address: 'web1' }, 'a', 'linux');
  const trial = await tryAll(
    10_000,
    () =>
      mutated(text, [...oddPieces, 'port ', 'none', 'identityfile ', 'proxyjump ', '%h', '%d', '~'], random),
    (output) => {
      const settings = toSettings(parseDirectives(output), defaults);
      expect(Number.isInteger(settings.port) && settings.port > 0 && settings.port < 65_536).toBe(true);
    },
  );
  expect(trial).toEqual({ count: 10_000, broken: [] });
}, 120_000);
