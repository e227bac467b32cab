import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';

const site = 'server { location / { proxy_pass http://$APP; } }\n';

function problems(texts: Readonly<Record<string, string>>): string[] {
  return buildStack({
    files: filesOf(new Map(Object.entries(texts))),
    compose: { paths: ['compose.yaml'], env: {} },
  }).problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('a configuration that a script makes when nginx starts', () => {
  it.each([
    ['a redirection', 'envsubst < /tmp/site.template > /etc/nginx/conf.d/default.conf\nexec nginx\n'],
    ['a copy', 'cp "/sites/$APP.conf" /etc/nginx/conf.d/\nexec nginx\n'],
    ['a link', 'ln -sf /sites/a.conf /etc/nginx/conf.d/a.conf\nexec nginx\n'],
  ])('%s in a script of the image', (_, script) => {
    expect(
      problems({
        'compose.yaml': 'services:\n  proxy:\n    build: ./nginx\n',
        'nginx/Dockerfile': 'FROM nginx:1.28\nCOPY start.sh /start.sh\nCMD ["/start.sh"]\n',
        'nginx/start.sh': `#!/bin/sh\n${script}`,
        'nginx/site.template': site,
      }),
    ).toEqual([
      'nginx/start.sh: `nginx/start.sh` makes the configuration of nginx when the container starts.',
    ]);
  });

  it('a command of Compose', () => {
    expect(
      problems({
        'compose.yaml': [
          'services:',
          '  proxy:',
          '    image: nginx:1.28',
          '    volumes: [./site.template:/etc/nginx/conf.d/site.template]',
          "    command: sh -c \"envsubst '$$APP' < /etc/nginx/conf.d/site.template > /etc/nginx/conf.d/default.conf && exec nginx -g 'daemon off;'\"",
          '',
        ].join('\n'),
        'site.template': site,
      }),
    ).toEqual(['compose.yaml: The command makes the configuration of nginx when the container starts.']);
  });

  it('a script that only adds to sites that are there', () => {
    expect(
      problems({
        'compose.yaml':
          'services:\n  proxy:\n    build: ./nginx\n    volumes: [./site.conf:/etc/nginx/conf.d/site.conf]\n',
        'site.conf': 'server { listen 80; }\n',
        'nginx/Dockerfile': 'FROM nginx:1.28\nCOPY start.sh /start.sh\nCMD ["/start.sh"]\n',
        'nginx/start.sh': '#!/bin/sh\ncp /ips /etc/nginx/ips.conf\nexec nginx\n',
      }),
    ).toEqual([]);
  });

  it('nginx with nothing but files to serve', () => {
    expect(
      problems({
        'compose.yaml': 'services:\n  web:\n    build: .\n',
        Dockerfile: 'FROM nginx:1.28\nCOPY site /usr/share/nginx/html\n',
      }),
    ).toEqual([]);
  });
});
