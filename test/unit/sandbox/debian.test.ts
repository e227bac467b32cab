import { describe, expect, it } from 'vitest';
import { aptProxy, debianMirror, isDebianLike } from '../../../src/sandbox/debian.ts';

describe('debianMirror', () => {
  const cases: readonly [name: string, sources: readonly string[], expected: string | undefined][] = [
    ['nothing', [], undefined],
    [
      'one line',
      ['deb http://mirror.example/debian bookworm main contrib\n'],
      'http://mirror.example/debian',
    ],
    [
      'options',
      ['deb [arch=amd64 signed-by=/k.gpg] https://m.example/debian/ trixie main'],
      'https://m.example/debian',
    ],
    ['commented out', ['# deb http://mirror.example/debian trixie main'], undefined],
    ['sources of programs only', ['deb-src http://mirror.example/debian trixie main'], undefined],
    [
      'a vendor before Debian',
      [
        'deb https://download.example/linux/debian-stuff xvendor stable',
        'deb http://m.example/debian trixie-updates main',
      ],
      'http://m.example/debian',
    ],
    [
      'the security archive',
      ['deb http://security.debian.org/debian-security trixie-security main'],
      undefined,
    ],
    [
      'deb822, security last',
      [
        [
          'Types: deb',
          '# a remark',
          'URIs: http://deb.example/debian',
          'Suites: bookworm bookworm-updates',
          'Components: main',
          '',
          'Types: deb',
          'URIs: http://deb.example/debian-security',
          'Suites: bookworm-security',
        ].join('\n'),
      ],
      'http://deb.example/debian',
    ],
    [
      'deb822, security first',
      [
        'Types: deb\nURIs: http://x.example/debian-security\nSuites: trixie-security\n\nTypes: deb deb-src\nURIs: http://y.example/debian/\nSuites: trixie',
      ],
      'http://y.example/debian',
    ],
    [
      'deb822, switched off',
      ['Types: deb\nEnabled: no\nURIs: http://y.example/debian\nSuites: trixie'],
      undefined,
    ],
    [
      'deb822, several lines',
      ['Types: deb\nURIs:\n http://y.example/debian\nSuites:\n trixie'],
      'http://y.example/debian',
    ],
    [
      'Ubuntu',
      ['Types: deb\nURIs: http://archive.ubuntu.com/ubuntu\nSuites: noble noble-updates'],
      undefined,
    ],
    ['a local copy', ['deb file:/srv/mirror trixie main'], undefined],
  ];
  it.each(cases)('%s', (_name, sources, expected) => {
    expect(debianMirror(sources)).toBe(expected);
  });
});

describe('aptProxy', () => {
  it.each([
    ['', undefined],
    ['Acquire::http::Proxy "http://127.0.0.1:3142";\n', 'http://127.0.0.1:3142'],
    ['Acquire::http::Proxy "";\nAcquire::http::Proxy::other.example "DIRECT";', undefined],
    ['Acquire::http::Proxy "DIRECT";', undefined],
  ])('%j', (dump, expected) => {
    expect(aptProxy(dump)).toBe(expected);
  });
});

describe('isDebianLike', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"', true],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian', true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', true],
    ['ID=fedora\nID_LIKE="rhel"', false],
    ['ID=alpine', false],
    ['', false],
  ])('%j', (text, expected) => {
    expect(isDebianLike(text)).toBe(expected);
  });
});
