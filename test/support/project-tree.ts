import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

/** Writes files below a directory. */
export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Files that readers of a project stumble over: odd names, links, sizes, encodings. */
export function writeHostileTree(root: string, outside: string): void {
  writeTree(outside, { 'secret.yml': 'a: 1\n', 'conf/x.conf': 'x;\n' });
  writeTree(root, {
    'docker-compose.yml': 'services: {}\n',
    'Dockerfile.prod': 'FROM x\n',
    Containerfile: 'FROM x\n',
    'nginx/default.conf.template': 'server {}\n',
    'nginx/sites-enabled/example': 'server {}\n',
    'nginx/certs/site.pem': 'no\n',
    'nginx/conf.d/site.key': 'no\n',
    '.env': 'A=1\n',
    '.env.production': 'A=2\n',
    '.envs/.production/.django': 'B=1\n',
    'prod.env': 'C=1\n',
    'app/main.py': 'x = 1\n',
    'app/README.md': 'no\n',
    'app/ünïcode ☃.py': 'y = 1\n',
    'app/with space and \'quote".yml': 'q: 1\n',
    'app/line\nfeed.yml': 'n: 1\n',
    'app/-rf.yml': 'dash: 1\n',
    'app/*.yml': 'star: 1\n',
    [`app/${'long-'.repeat(30)}name.yml`]: 'long: 1\n',
    'bin/entrypoint': '#!/bin/sh\nexec gunicorn\n',
    'bin/notes': 'no script\n',
    'bin/big': `#!/bin/sh\n${'#'.repeat(70_000)}`,
    'bin/blob': new Uint8Array([0, 1, 2, 3]),
    'bom.yml': '\uFEFFa: 1\r\n',
    'empty.yml': '',
    'binary.conf': new Uint8Array([0x61, 0, 0x62]),
    'latin1.conf': new Uint8Array([0x23, 0xe9, 0x0a]),
    'large.yml': `#${'x'.repeat(512 * 1024)}`,
    'just-fits.yml': 'x'.repeat(512 * 1024),
    'node_modules/a/package.json': '{}',
    '.git/config.yml': 'no',
    'env/pyvenv.cfg': 'home = /usr/bin\n',
    'env/bin/tool': '#!/usr/bin/python\n',
    'env/lib/a.py': 'no = 1\n',
    'shop.egg-info/x.cfg': 'no',
    [`${'deep/'.repeat(12)}a.yml`]: 'no: 1\n',
    [`${'deep/'.repeat(11)}a.yml`]: 'yes: 1\n',
  });
  symlinkSync('docker-compose.yml', join(root, 'compose.yml'));
  symlinkSync('large.yml', join(root, 'large-link.yml'));
  symlinkSync(join(root, 'bin/entrypoint'), join(root, 'bin/start'));
  symlinkSync(join(outside, 'secret.yml'), join(root, 'outside.yml'));
  symlinkSync(join(outside, 'conf'), join(root, 'linked-out'));
  symlinkSync('app', join(root, 'linked-app'));
  symlinkSync('nowhere', join(root, 'broken.yml'));
  symlinkSync('..', join(root, 'app/up'));
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, 'pipe.conf')]);
  writeTree(root, { 'denied.yml': 'd: 1\n', 'denied-dir/a.yml': 'd: 1\n' });
  chmodSync(join(root, 'denied.yml'), 0o000);
  chmodSync(join(root, 'denied-dir'), 0o000);
}
