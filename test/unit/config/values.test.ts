import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/config/values/duration.ts';
import { parseWrittenEndpoint } from '../../../src/config/values/endpoint.ts';
import { gitNameProblem } from '../../../src/config/values/git-name.ts';
import { parsePrivateKey } from '../../../src/config/values/private-key.ts';
import { absolutePathProblem, appFileProblem, tidyPath } from '../../../src/config/values/server-path.ts';
import { formatSize, parseSize } from '../../../src/config/values/size.ts';

describe('durations', () => {
  test.each<[string | number, number | undefined]>([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['30', 30_000],
    ['5 s', 5000],
    [30, 30_000],
    [0.25, 250],
    [0, 0],
    [-1, undefined],
    [Number.NaN, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5s', undefined],
    ['5x', undefined],
    ['s', undefined],
    ['1m30', undefined],
  ])('%j is %j ms', (written, ms) => {
    expect(parseDuration(written)).toBe(ms);
  });

  test.each([
    [0, '0s'],
    [500, '500ms'],
    [5000, '5s'],
    [90_000, '1m30s'],
    [1_800_000, '30m'],
    [3_661_001, '1h1m1s1ms'],
    [90_000_000, '1d1h'],
  ])('%j ms is %s, and back', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('sizes', () => {
  test.each<[string | number, number | undefined]>([
    ['500M', 500],
    ['2G', 2048],
    ['2GiB', 2048],
    ['2 gb', 2048],
    ['1.5G', 1536],
    ['1T', 1_048_576],
    ['2048', 2048],
    [2048, 2048],
    [-1, undefined],
    ['much', undefined],
    ['2K', undefined],
  ])('%j is %j MiB', (written, mib) => {
    expect(parseSize(written)).toBe(mib);
  });

  test.each([
    [2048, '2G'],
    [1500, '1500M'],
    [0, '0M'],
  ])('%j MiB is %s, and back', (mib, text) => {
    expect(formatSize(mib)).toBe(text);
    expect(parseSize(text)).toBe(mib);
  });
});

describe('SSH addresses', () => {
  test.each([
    ['web1', { address: 'web1' }],
    ['deploy@203.0.113.5', { user: 'deploy', address: '203.0.113.5' }],
    ['deploy@203.0.113.5:2222', { user: 'deploy', address: '203.0.113.5', port: 2222 }],
    ['ssh://deploy@web1:22', { user: 'deploy', address: 'web1', port: 22 }],
    ['2001:db8::1', { address: '2001:db8::1' }],
    ['root@[2001:db8::1]:22', { user: 'root', address: '2001:db8::1', port: 22 }],
    ['fe80::1%eth0', { address: 'fe80::1%eth0' }],
    [String.raw`CORP\me@web1`, { user: String.raw`CORP\me`, address: 'web1' }],
    ['me@corp.example@web1', { user: 'me@corp.example', address: 'web1' }],
    ['', 'the address is empty'],
    ['deploy@', 'the address is empty'],
    ['-oProxyCommand=x', 'the address begins with -'],
    ['-l@web1', '"-l" is no user name'],
    ['root:secret@web1', 'a password cannot stand there; ops logs in with keys'],
    ['web1:ssh', '"ssh" is no port from 1 to 65535'],
    ['web1:0', '"0" is no port from 1 to 65535'],
    ['web1:65536', '"65536" is no port from 1 to 65535'],
    ['web 1', '"web 1" is no host name, IP address or SSH alias'],
    ['web1;reboot', '"web1;reboot" is no host name, IP address or SSH alias'],
    ['$(id)@web1', '"$(id)" is no user name'],
  ])('%s', (written, expected) => {
    expect(parseWrittenEndpoint(written)).toEqual(expected);
  });
});

describe('names for git', () => {
  test.each<[string, string | undefined]>([
    ['main', undefined],
    ['release/2026.11', undefined],
    ['fix-#12', undefined],
    ['', 'it is empty'],
    ['-f', 'it begins with -'],
    ['--upload-pack=x', 'it begins with -'],
    ['@', 'git keeps that name for itself'],
    ['HEAD', 'git keeps that name for itself'],
    ['a b', 'git allows no space in it'],
    ['a:b', 'git allows no : in it'],
    ['a\nb', 'git allows no control character in it'],
    [String.raw`a\b`, String.raw`git allows no \ in it`],
    ['main..next', 'git allows no .. in it'],
    ['main@{1}', 'git allows no @{ in it'],
    ['main.', 'it ends with a dot'],
    ['/main', 'a part between slashes is empty'],
    ['a//b', 'a part between slashes is empty'],
    ['a/.b', 'a part begins with a dot'],
    ['a.lock/b', 'a part ends with .lock'],
  ])('%j: %s', (name, problem) => {
    expect(gitNameProblem(name)).toBe(problem);
  });
});

describe('paths on the server', () => {
  const windows =
    'that is a path of Windows; Git Bash makes such paths of /srv/app unless MSYS_NO_PATHCONV=1 is set';

  test.each<[string, string | undefined]>([
    ['/srv/app', undefined],
    ['/srv/my app', undefined],
    ['srv/app', 'it does not begin with /'],
    ['~/app', 'write the home directory out, /home/deploy/app instead of ~/app'],
    ['/srv/../etc', 'it has .. in it'],
    ['/', 'that is the root of the whole server'],
    ['//.', 'that is the root of the whole server'],
    ['C:/Program Files/Git/srv/app', windows],
    [String.raw`\srv\app`, 'paths on the server are written with /'],
    ['/srv/a\nb', 'it has a control character in it'],
    ['', 'it is empty'],
  ])('directory %j: %s', (path, problem) => {
    expect(absolutePathProblem(path)).toBe(problem);
  });

  test.each<[string, string | undefined]>([
    ['docker-compose.prod.yml', undefined],
    ['deploy/../compose.yml', undefined],
    ['/etc/shop/compose.yml', undefined],
    ['../compose.yml', 'it leads out of the app directory'],
    ['deploy/../../compose.yml', 'it leads out of the app directory'],
    ['-f', 'it begins with -'],
    ['~/compose.yml', 'the server does not expand ~ here'],
    ['deploy/', 'it names a directory'],
    [String.raw`C:\app\compose.yml`, windows],
  ])('file %j: %s', (path, problem) => {
    expect(appFileProblem(path)).toBe(problem);
  });

  test.each([
    ['/srv//app/', '/srv/app'],
    ['./compose.yml', 'compose.yml'],
    ['/srv/./app', '/srv/app'],
  ])('%s is tidied to %s', (path, tidy) => {
    expect(tidyPath(path)).toBe(tidy);
  });
});

describe('private keys', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';

  test.each([
    ['as it is', key],
    ['without its last line end', key.trim()],
    ['with \\n', key.trim().replaceAll('\n', String.raw`\n`)],
    ['with CRLF', key.replaceAll('\n', '\r\n')],
    ['in base64', Buffer.from(key).toString('base64')],
    ['in wrapped base64', Buffer.from(key).toString('base64').replaceAll(/.{20}/g, '$&\n')],
  ])('%s', (_name, text) => {
    expect(parsePrivateKey(text)).toBe(key);
  });

  test.each([
    ['a path', '~/.ssh/id_ed25519'],
    ['a public key', 'ssh-ed25519 AAAA me@laptop'],
    ['base64 of something else', Buffer.from('hello').toString('base64')],
    ['a key without its end', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA'],
  ])('%s is none', (_name, text) => {
    expect(parsePrivateKey(text)).toBeUndefined();
  });
});
