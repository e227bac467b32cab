import type { Cell } from '../../support/faults/cell.ts';
import { asRoot } from '../../support/faults/root.ts';
import { beginOf } from '../../support/faults/steps.ts';
import { shopFile } from '../../support/faults/world.ts';

const conf = shopFile('nginx/nginx.conf');
const masterOf = '$(docker inspect --format "{{.State.Pid}}" shop-nginx-1)';

export const proxy: readonly Cell[] = [
  {
    fault: 'new nginx.conf is not valid',
    at: 'before the roll',
    files: { 'nginx/nginx.conf': `${conf}\nthis is no directive;\n` },
    mended: { 'nginx/nginx.conf': conf },
    ends: ['failed'],
    tells: /unknown directive/,
  },
  {
    fault: 'nginx refuses the reload: the new configuration listens on a taken port',
    at: 'share traffic',
    files: {
      'nginx/nginx.conf': conf.replace('  server {', '  server {\n    listen 9999;\n  }\n  server {'),
    },
    before: asRoot(
      'docker run --detach --name port-taker --network container:shop-nginx-1 ops-sandbox/python-app:trixie python3 -m http.server 9999',
    ),
    after: asRoot('docker rm --force port-taker'),
    mended: { 'nginx/nginx.conf': conf },
    ends: ['restored'],
    tells: /did not start new workers/,
  },
  {
    fault: 'nginx has lost its pid file',
    at: 'share traffic',
    before: asRoot('docker exec shop-nginx-1 rm /run/nginx.pid'),
    ends: ['live'],
  },
  {
    fault: 'nginx crashes, its container restarts',
    at: 'watch',
    env: { OPS_STABILITY: '4s' },
    when: { says: beginOf('watch'), do: asRoot(`kill -KILL ${masterOf}`) },
    ends: ['live', 'restored'],
    outage: 'nginx itself is gone until Docker has restarted it',
  },
  {
    fault: 'nginx restarted by hand',
    at: 'drain',
    when: { says: beginOf('drain'), do: asRoot('docker restart --time 1 shop-nginx-1') },
    ends: ['live', 'restored'],
    outage: 'nginx itself is stopped for a moment',
  },
  {
    fault: 'nginx restarted by hand',
    at: 'stop old',
    when: { says: beginOf('stop old'), do: asRoot('docker restart --time 1 shop-nginx-1') },
    ends: ['live', 'restored'],
    outage: 'nginx itself is stopped for a moment',
  },
];
