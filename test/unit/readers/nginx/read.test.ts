import { describe, expect, it } from 'vitest';
import type { ContainerFiles } from '../../../../src/readers/container-files.ts';
import { splitDump } from '../../../../src/readers/nginx/dump.ts';
import { walk } from '../../../../src/readers/nginx/effective.ts';
import { officialNginxConf } from '../../../../src/readers/nginx/official.ts';
import { isPattern, matchesPattern } from '../../../../src/readers/nginx/pattern.ts';
import { readNginx } from '../../../../src/readers/nginx/read.ts';

const main = '/etc/nginx/nginx.conf';

function files(
  texts: Readonly<Record<string, string>>,
  broken: Readonly<Record<string, string>> = {},
): ContainerFiles {
  return {
    read: (path) => (texts[path] === undefined ? undefined : { path: `project${path}`, text: texts[path] }),
    list: (directory) =>
      Object.keys(texts).filter((path) => path.slice(0, path.lastIndexOf('/')) === directory),
    unreadable: (path) => broken[path],
  };
}

function read(texts: Readonly<Record<string, string>>, broken?: Readonly<Record<string, string>>) {
  const config = readNginx(files(texts, broken), main);
  return {
    ...config,
    names: [...walk(config.directives)].map(({ name }) => name),
    messages: config.problems.map(({ kind, message }) => `${kind}: ${message}`),
  };
}

describe('readNginx', () => {
  it('puts what is included in its place, sorted, relative to the main file', () => {
    const config = read({
      [main]: 'a; http { include conf.d/*.conf; z; }',
      '/etc/nginx/conf.d/b.conf': 'b; include snippets/s.conf;',
      '/etc/nginx/conf.d/a.conf': 'server { x; }',
      '/etc/nginx/conf.d/.hidden.conf': 'h;',
      '/etc/nginx/conf.d/c.txt': 'c;',
      '/etc/nginx/snippets/s.conf': 's;',
    });
    expect(config.names).toEqual(['a', 'http', 'server', 'x', 'b', 's', 'z']);
    expect(config.problems).toEqual([]);
    expect(config.paths).toEqual(
      ['nginx.conf', 'conf.d/a.conf', 'conf.d/b.conf', 'snippets/s.conf'].map(
        (path) => `project/etc/nginx/${path}`,
      ),
    );
    const server = [...walk(config.directives)].find(({ name }) => name === 'server');
    expect(server?.parent?.name).toBe('http');
    expect(server?.at.path).toBe('project/etc/nginx/conf.d/a.conf');
  });

  it.each([
    ['include gone.conf;', ["missing: /etc/nginx/gone.conf is not among the project's files."]],
    ['include /etc/nginx/none/*.conf;', []],
    ['include mime.types; include /etc/letsencrypt/options-ssl-nginx.conf;', []],
    ['include ../nginx/./gone.conf;', ["missing: /etc/nginx/gone.conf is not among the project's files."]],
    ['include secret.conf;', ['unreadable: /etc/nginx/secret.conf cannot be read: too large']],
    ['include sites/*/x.conf;', ['unsupported: A pattern in the name of a directory is not followed.']],
    ['include nginx.conf;', ['syntax: /etc/nginx/nginx.conf includes itself.']],
  ])('%s', (text, messages) => {
    expect(read({ [main]: text }, { '/etc/nginx/secret.conf': 'too large' }).messages).toEqual(messages);
  });

  it('says so when there is no main file', () => {
    expect(read({}).messages).toEqual([`missing: ${main} is not among the project's files.`]);
  });

  it('does not follow files that include each other without end', () => {
    const texts = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `/etc/nginx/${index}.conf`,
        `include ${index + 1}.conf; include ${index + 1}.conf;`,
      ]),
    );
    const began = performance.now();
    const { problems } = read({ ...texts, [main]: 'include 0.conf;' });
    expect(problems.some(({ kind }) => kind === 'unsupported')).toBe(true);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('reads what the official image starts with', () => {
    const config = read({ [main]: officialNginxConf, '/etc/nginx/conf.d/default.conf': 'server { }' });
    expect(config.problems).toEqual([]);
    expect(config.names).toContain('server');
  });
});

describe('patterns', () => {
  it.each([
    ['*.conf', 'a.conf', true],
    ['*.conf', '.a.conf', false],
    ['*.conf', 'a.conf.bak', false],
    ['*', 'a', true],
    ['a?c', 'abc', true],
    ['[ab]*', 'b.conf', true],
    ['[!ab]*', 'b.conf', false],
    ['[0-9][0-9]-*.conf', '10-site.conf', true],
    ['[', '[', true],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*a*b*c', 'xxaxxbxx', false],
    ['', '', true],
  ])('%s matches %s: %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('tells a pattern from a path', () => {
    expect(isPattern('/etc/nginx/conf.d/*.conf')).toBe(true);
    expect(isPattern('/etc/nginx/nginx.conf')).toBe(false);
  });

  it('takes no exponential time', () => {
    const began = performance.now();
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('splitDump', () => {
  it('gives the files of nginx -T', () => {
    const dump =
      'nginx: configuration file test is successful\n# configuration file /etc/nginx/nginx.conf:\na;\n\n# configuration file /etc/nginx/conf.d/b.conf:\nb;\n\n';
    expect([...splitDump(dump)]).toEqual([
      ['/etc/nginx/nginx.conf', 'a;\n'],
      ['/etc/nginx/conf.d/b.conf', 'b;\n'],
    ]);
    expect(splitDump('').size).toBe(0);
  });
});
