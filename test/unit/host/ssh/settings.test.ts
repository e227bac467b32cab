import { describe, expect, test } from 'vitest';
import { expandHome, unquotePath } from '../../../../src/host/ssh/paths.ts';
import {
  abbreviateHome,
  defaultSettings,
  expandTokens,
  parseDirectives,
  parseEndpoint,
  splitWords,
  toSettings,
} from '../../../../src/host/ssh/settings.ts';

const defaults = defaultSettings({ address: 'web1' }, 'me', 'linux');

describe('toSettings', () => {
  const cases = [
    { name: 'nothing: the defaults', text: '', expected: defaults },
    {
      name: 'an alias',
      text: 'hostname 10.0.0.5\nuser deploy\nport 2222\nhostkeyalias web\nidentityfile ~/.ssh/a\nidentityfile ~/.ssh/b\nidentitiesonly yes',
      expected: {
        hostname: '10.0.0.5',
        user: 'deploy',
        port: 2222,
        hostKeyAlias: 'web',
        identityFiles: ['~/.ssh/a', '~/.ssh/b'],
        identitiesOnly: true,
      },
    },
    {
      name: 'jump hosts',
      text: 'proxyjump me@bastion:2200,inner',
      expected: { proxyJump: 'me@bastion:2200,inner' },
    },
    {
      name: 'none switches off',
      text: 'proxyjump none\nproxycommand none\nuserknownhostsfile none\nidentityfile none',
      expected: { userKnownHostsFiles: [], identityFiles: [] },
    },
    {
      name: 'a proxy command',
      text: 'proxycommand nc -X 5 %h %p',
      expected: { proxyCommand: 'nc -X 5 %h %p' },
    },
    { name: 'agent', text: 'identityagent ~/agent.sock', expected: { identityAgent: '~/agent.sock' } },
    {
      name: 'two known_hosts files',
      text: 'userknownhostsfile /a/known_hosts "/b c/known_hosts"',
      expected: { userKnownHostsFiles: ['/a/known_hosts', '/b c/known_hosts'] },
    },
    { name: 'address family', text: 'addressfamily inet6', expected: { family: 6 } },
    { name: 'a port that is none', text: 'port what', expected: { port: 22 } },
    { name: 'Windows line ends', text: 'hostname a\r\nport 23\r\n', expected: { hostname: 'a', port: 23 } },
  ];
  test.each(cases)('$name', ({ text, expected }) => {
    expect(toSettings(parseDirectives(text), defaults)).toMatchObject(expected);
  });

  test('`none` leaves no jump behind', () => {
    const settings = toSettings(parseDirectives('proxyjump none\nproxycommand none'), defaults);
    expect(settings).not.toHaveProperty('proxyJump');
    expect(settings).not.toHaveProperty('proxyCommand');
  });
});

test('what the endpoint says is not for the configuration to change', () => {
  expect(defaultSettings({ address: 'a', user: 'u', port: 2 }, 'me', 'win32')).toMatchObject({
    hostname: 'a',
    user: 'u',
    port: 2,
    globalKnownHostsFiles: [
      String.raw`C:\ProgramData\ssh/ssh_known_hosts`,
      String.raw`C:\ProgramData\ssh/ssh_known_hosts2`,
    ],
  });
});

test.each([
  ['bastion', { address: 'bastion' }],
  ['me@bastion:2222', { address: 'bastion', user: 'me', port: 2222 }],
  [' me@bastion ', { address: 'bastion', user: 'me' }],
  ['me@corp@bastion', { address: 'bastion', user: 'me@corp' }],
  ['[fe80::1]:2222', { address: 'fe80::1', port: 2222 }],
  ['2001:db8::1', { address: '2001:db8::1' }],
  ['ssh://me@bastion:2222', { address: 'bastion', user: 'me', port: 2222 }],
  ['', undefined],
  ['-oProxyCommand=x', undefined],
  ['bastion:0', undefined],
  ['bastion:99999', undefined],
  ['bastion:ssh', undefined],
])('jump host %o', (text, expected) => expect(parseEndpoint(text)).toEqual(expected));

const linux = { home: '/home/me', platform: 'linux' } as const;
const windows = { home: String.raw`C:\Users\Jane Doe`, platform: 'win32' } as const;

test.each([
  [linux, '~/.ssh/id', '/home/me/.ssh/id'],
  [linux, '~', '/home/me'],
  [linux, '~other/.ssh/id', '~other/.ssh/id'],
  [linux, '/etc/~/x', '/etc/~/x'],
  [linux, String.raw`~\x`, String.raw`~\x`],
  [windows, String.raw`~\.ssh\id`, String.raw`C:\Users\Jane Doe/.ssh\id`],
  [windows, '~/.ssh/id', String.raw`C:\Users\Jane Doe/.ssh/id`],
  [windows, String.raw`C:\Users\me\.ssh\id`, String.raw`C:\Users\me\.ssh\id`],
])('%j expands %s', (context, path, expected) => expect(expandHome(path, context)).toBe(expected));

test.each([
  [String.raw`"C:\Users\Jane Doe\id"`, String.raw`C:\Users\Jane Doe\id`],
  ["'/a b'", '/a b'],
  [' /a ', '/a'],
  ['"/a', '"/a'],
])('quotes around %s', (path, expected) => expect(unquotePath(path)).toBe(expected));

test('a home with a space does not split its paths', () => {
  const output = String.raw`C:\Users\Jane Doe/.ssh/known_hosts C:\\Users\\Jane Doe/.ssh/known_hosts2`;
  expect(splitWords(abbreviateHome(output, windows.home))).toEqual([
    '~/.ssh/known_hosts',
    '~/.ssh/known_hosts2',
  ]);
});

test('tokens; unknown ones stay to be seen', () => {
  const values = {
    home: '/home/me',
    localUser: 'me',
    original: 'web',
    settings: { hostname: '10.0.0.5', user: 'deploy', port: 2222 },
  };
  expect(expandTokens('%d/%h-%n-%p-%r-%u-%%-%Q', values)).toBe('/home/me/10.0.0.5-web-2222-deploy-me-%-%Q');
});
