import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  checkHostKey,
  entryNames,
  knownHostsName,
  knownKeyTypes,
  orderHostKeyAlgorithms,
  parseKnownHosts,
} from '../../../../src/host/ssh/known-hosts.ts';

function wireKey(type: string, body: string): Buffer {
  const field = (text: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  return Buffer.concat([field(type), field(body)]);
}

const a = wireKey('ssh-ed25519', 'key a');
const b = wireKey('ssh-ed25519', 'key b');
const line = (hosts: string, key: Buffer, type = 'ssh-ed25519') =>
  `${hosts} ${type} ${key.toString('base64')}`;
const hashed = (name: string, salt = Buffer.from('a salt of 20 bytes!!')) =>
  `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;

const host = knownHostsName('web1.example.com', 22);
const hostOnPort = knownHostsName('web1.example.com', 2222);

describe('checkHostKey', () => {
  const cases = [
    { name: 'a plain name', file: line('web1.example.com', a), expected: 'match' },
    { name: 'one of several names', file: line('web1,web1.example.com,10.0.0.1', a), expected: 'match' },
    { name: 'names have no case', file: line('WEB1.Example.com', a), expected: 'match' },
    { name: 'a wildcard', file: line('*.example.com', a), expected: 'match' },
    { name: 'a single-character wildcard', file: line('web?.example.com', a), expected: 'match' },
    { name: 'a dot is no wildcard', file: line('web1xexample.com', a), expected: 'unknown' },
    {
      name: 'a negated pattern excludes the line',
      file: line('*.example.com,!web1.example.com', a),
      expected: 'unknown',
    },
    {
      name: 'a negated pattern of another host does not',
      file: line('!web2.*,*.example.com', a),
      expected: 'match',
    },
    { name: 'a hashed name', file: line(hashed('web1.example.com'), a), expected: 'match' },
    { name: 'a hashed name of another host', file: line(hashed('web2.example.com'), a), expected: 'unknown' },
    { name: 'a broken hash', file: line('|1|AAAA', a), expected: 'unknown' },
    { name: 'another key is a changed key', file: line('web1.example.com', b), expected: 'changed' },
    {
      name: 'a changed key behind a hashed name',
      file: line(hashed('web1.example.com'), b),
      expected: 'changed',
    },
    {
      name: 'another type of key is a changed key too',
      file: line('web1.example.com', wireKey('ssh-rsa', 'r'), 'ssh-rsa'),
      expected: 'changed',
    },
    {
      name: 'one of several keys',
      file: `${line('web1.example.com', b)}\n${line('web1.example.com', a)}`,
      expected: 'match',
    },
    { name: 'a revoked key', file: `@revoked ${line('*', a)}`, expected: 'revoked' },
    {
      name: 'a revoked key wins over a match before it',
      file: `${line('web1.example.com', a)}\n@revoked ${line('*', a)}`,
      expected: 'revoked',
    },
    {
      name: 'another revoked key says nothing',
      file: `@revoked ${line('*', b)}\n${line('web1.example.com', a)}`,
      expected: 'match',
    },
    {
      name: 'a certificate authority is no match',
      file: `@cert-authority ${line('*.example.com', a)}`,
      expected: 'unknown',
    },
    { name: 'an unknown marker is left out', file: `@whatever ${line('*', a)}`, expected: 'unknown' },
    {
      name: 'comments, empty lines, half lines',
      file: `# ${line('*', a)}\n\n  \nweb1.example.com ssh-ed25519\nweb1.example.com`,
      expected: 'unknown',
    },
    {
      name: 'the SSH 1 format is left out',
      file: 'web1.example.com 1024 35 1234567890',
      expected: 'unknown',
    },
    {
      name: 'Windows line ends and tabs',
      file: `# x\r\nweb1.example.com\tssh-ed25519\t${a.toString('base64')}\tcomment\r\n`,
      expected: 'match',
    },
    { name: 'an empty file', file: '', expected: 'unknown' },
  ];
  test.each(cases)('$name: $expected', ({ file, expected }) => {
    expect(checkHostKey(parseKnownHosts(file, 'known_hosts'), host, a).status).toBe(expected);
  });

  const portCases = [
    { name: '[host]:port', file: line('[web1.example.com]:2222', a), expected: 'match' },
    { name: 'hashed [host]:port', file: line(hashed('[web1.example.com]:2222'), a), expected: 'match' },
    { name: 'another port', file: line('[web1.example.com]:2200', a), expected: 'unknown' },
    { name: 'the same key on port 22', file: line('web1.example.com', a), expected: 'match' },
    { name: 'another key on port 22 says nothing', file: line('web1.example.com', b), expected: 'unknown' },
    {
      name: 'another key on the port, whatever port 22 has',
      file: `${line('web1.example.com', a)}\n${line('[web1.example.com]:2222', b)}`,
      expected: 'changed',
    },
    {
      name: 'revoked for the plain name',
      file: `${line('[web1.example.com]:2222', a)}\n@revoked ${line('web1.example.com', a)}`,
      expected: 'revoked',
    },
  ];
  test.each(portCases)('port 2222, $name: $expected', ({ file, expected }) => {
    expect(checkHostKey(parseKnownHosts(file, 'known_hosts'), hostOnPort, a).status).toBe(expected);
  });

  test('says where a key is known from', () => {
    const entries = parseKnownHosts(
      `# first\n\n${line('web1.example.com', b)}\n`,
      '/home/me/.ssh/known_hosts',
    );
    const verdict = checkHostKey(entries, host, a);
    expect(verdict).toMatchObject({
      status: 'changed',
      entries: [{ file: '/home/me/.ssh/known_hosts', line: 3 }],
    });
  });

  test('names the certificate authorities that would have to be asked', () => {
    const entries = parseKnownHosts(`@cert-authority ${line('*.example.com', b)}`, 'f');
    expect(checkHostKey(entries, host, a)).toMatchObject({ status: 'unknown', authorities: [{ line: 1 }] });
  });
});

test('an alias is looked up without a port', () => {
  expect(knownHostsName('10.0.0.1', 2222, 'Web1')).toEqual({ name: 'web1' });
});

test('an address with a hash of its own port-specific name does not match the plain name', () => {
  expect(entryNames({ hosts: hashed('[web1]:2222') }, 'web1')).toBe(false);
});

describe('known key types order the algorithms', () => {
  const file = [
    line('web1.example.com', wireKey('ssh-rsa', 'r'), 'ssh-rsa'),
    `@revoked ${line('web1.example.com', a)}`,
    line('web2.example.com', a),
  ].join('\n');
  const types = knownKeyTypes(parseKnownHosts(file, 'f'), host);

  test('revoked keys and other hosts do not count', () => expect(types).toEqual(['ssh-rsa']));

  test('ssh-rsa means its two SHA-2 signatures, first', () => {
    expect(orderHostKeyAlgorithms(types).slice(0, 3)).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
    ]);
  });

  test('nothing known: the strongest first, and all of them', () => {
    expect(orderHostKeyAlgorithms([])).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ]);
  });

  test('types known for the plain name count for a port that is unknown', () => {
    expect(knownKeyTypes(parseKnownHosts(file, 'f'), hostOnPort)).toEqual(['ssh-rsa']);
  });
});
