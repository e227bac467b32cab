import { describe, expect, it } from 'vitest';
import type { ComposeMount } from '../../../src/readers/compose/project.ts';
import type { DockerImage } from '../../../src/readers/dockerfile/dockerfile.ts';
import { filesOf, type Files } from '../../../src/source/files.ts';
import { containerFiles } from '../../../src/stack/container-files.ts';
import { loadedFiles, nginxFiles } from '../../../src/stack/nginx-files.ts';

const at = { path: 'compose.yaml', start: 0, end: 0 };

function project(...paths: readonly string[]): Files {
  return filesOf(
    new Map(paths.map((path) => [path, `text of ${path}`])),
    new Map([['nginx/secret.conf', 'no permission']]),
  );
}

function mount(sourcePath: string, target: string): ComposeMount {
  return { at, type: 'bind', sourcePath, target, readOnly: true };
}

function copies(...list: readonly [string[], string][]): Pick<DockerImage, 'copies' | 'workdir'> {
  return {
    copies: list.map(([sources, destination]) => ({ sources, destination, at })),
    workdir: { value: '/app', at },
  };
}

describe('the files of a container', () => {
  const files = project(
    'nginx/nginx.conf',
    'nginx/conf.d/a.conf',
    'nginx/conf.d/b.conf',
    'web/default.conf',
    'top.conf',
  );

  it('a file that is copied to a directory of the image without a slash behind it', () => {
    const image = copies([['default.conf'], '/etc/nginx/conf.d'], [['default.conf'], '/etc/app']);
    const inside = containerFiles(files, { mounts: [] }, image, 'web');
    expect(inside.read('/etc/nginx/conf.d/default.conf')?.path).toBe('web/default.conf');
    expect(inside.list('/etc/nginx/conf.d')).toEqual(['/etc/nginx/conf.d/default.conf']);
    expect(inside.read('/etc/app')?.path).toBe('web/default.conf');
  });

  it('a mounted file', () => {
    const inside = containerFiles(files, { mounts: [mount('nginx/nginx.conf', '/etc/nginx/nginx.conf')] });
    expect(inside.read('/etc/nginx/nginx.conf')).toEqual({
      path: 'nginx/nginx.conf',
      text: 'text of nginx/nginx.conf',
    });
    expect(inside.read('/etc/nginx/other.conf')).toBeUndefined();
    expect(inside.list('/etc/nginx')).toEqual(['/etc/nginx/nginx.conf']);
  });

  it('a mounted directory, listed and read, without what is deeper', () => {
    const inside = containerFiles(files, { mounts: [mount('nginx', '/etc/nginx/')] });
    expect(inside.list('/etc/nginx/conf.d/')).toEqual([
      '/etc/nginx/conf.d/a.conf',
      '/etc/nginx/conf.d/b.conf',
    ]);
    expect(inside.list('/etc/nginx')).toEqual(['/etc/nginx/nginx.conf']);
    expect(inside.read('/etc/nginx/conf.d/../conf.d/a.conf')?.path).toBe('nginx/conf.d/a.conf');
  });

  it('the longer mount lies over the shorter one, and a mount over what is copied', () => {
    const inside = containerFiles(
      files,
      { mounts: [mount('web/default.conf', '/etc/nginx/conf.d/a.conf'), mount('nginx', '/etc/nginx')] },
      copies([['top.conf'], '/etc/nginx/nginx.conf']),
      '',
    );
    expect(inside.read('/etc/nginx/conf.d/a.conf')?.path).toBe('web/default.conf');
    expect(inside.read('/etc/nginx/conf.d/b.conf')?.path).toBe('nginx/conf.d/b.conf');
  });

  it.each([
    [[['nginx/nginx.conf'], '/etc/nginx/nginx.conf'], '', '/etc/nginx/nginx.conf', 'nginx/nginx.conf'],
    [[['nginx.conf'], '/etc/nginx/'], 'nginx', '/etc/nginx/nginx.conf', 'nginx/nginx.conf'],
    [[['conf.d'], '/etc/nginx/conf.d'], 'nginx', '/etc/nginx/conf.d/a.conf', 'nginx/conf.d/a.conf'],
    [[['conf.d/*.conf'], '/etc/nginx/conf.d/'], 'nginx', '/etc/nginx/conf.d/b.conf', 'nginx/conf.d/b.conf'],
    [[['.'], '.'], 'nginx', '/app/conf.d/a.conf', 'nginx/conf.d/a.conf'],
    [[['.'], '.'], '', '/app/top.conf', 'top.conf'],
    [[['nginx/nginx.conf', 'top.conf'], 'etc/'], '', '/app/etc/top.conf', 'top.conf'],
  ] as const)('copied: %j from "%s"', ([sources, destination], context, asked, expected) => {
    const inside = containerFiles(files, { mounts: [] }, copies([[...sources], destination]), context);
    expect(inside.read(asked)?.path).toBe(expected);
  });

  it('what could not be read says why', () => {
    const inside = containerFiles(files, { mounts: [mount('nginx', '/etc/nginx')] });
    expect(inside.read('/etc/nginx/secret.conf')).toBeUndefined();
    expect(inside.unreadable?.('/etc/nginx/secret.conf')).toBe('no permission');
  });
});

describe('the files of an nginx container', () => {
  it('the official main file, where the project has none', () => {
    const inside = nginxFiles(containerFiles(project('default.conf'), { mounts: [] }), { official: true });
    expect(inside.read('/etc/nginx/nginx.conf')?.path).toBe('image:/etc/nginx/nginx.conf');
    const other = nginxFiles(containerFiles(project('default.conf'), { mounts: [] }), { official: false });
    expect(other.read('/etc/nginx/nginx.conf')).toBeUndefined();
    const missing = nginxFiles(containerFiles(project('default.conf'), { mounts: [] }), {
      official: true,
      mounted: ['/etc/nginx/nginx.conf'],
    });
    expect(missing.read('/etc/nginx/nginx.conf')).toBeUndefined();
  });

  it('templates, by the name that they get', () => {
    const inside = nginxFiles(
      containerFiles(project('templates/default.conf.template'), {
        mounts: [mount('templates', '/etc/nginx/templates')],
      }),
      { official: true },
    );
    expect(inside.list('/etc/nginx/conf.d')).toEqual(['/etc/nginx/conf.d/default.conf']);
    expect(inside.read('/etc/nginx/conf.d/default.conf')?.path).toBe('templates/default.conf.template');
  });

  it('what is loaded keeps the names of the project where it is the same', () => {
    const inside = containerFiles(project('nginx.conf', 'a.conf'), {
      mounts: [mount('nginx.conf', '/etc/nginx/nginx.conf'), mount('a.conf', '/etc/nginx/conf.d/a.conf')],
    });
    const dump =
      '# configuration file /etc/nginx/nginx.conf:\ntext of nginx.conf\n\n# configuration file /etc/nginx/conf.d/a.conf:\nanother text\n';
    const { files, main, texts } = loadedFiles('web', dump, inside);
    expect(main).toBe('/etc/nginx/nginx.conf');
    expect(files.read(main)?.path).toBe('nginx.conf');
    expect(files.read('/etc/nginx/conf.d/a.conf')).toEqual({
      path: 'server:web:/etc/nginx/conf.d/a.conf',
      text: 'another text',
    });
    expect([...texts.keys()]).toEqual(['server:web:/etc/nginx/conf.d/a.conf']);
    expect(files.list('/etc/nginx/conf.d/')).toEqual(['/etc/nginx/conf.d/a.conf']);
  });
});
