import type { Cell } from '../../support/faults/cell.ts';
import { asRoot } from '../../support/faults/root.ts';
import { composeFile as file, shopFile } from '../../support/faults/world.ts';

const text = shopFile(file);
const conf = shopFile('nginx/nginx.conf');
const good = { [file]: text, 'nginx/nginx.conf': conf };

export const compose: readonly Cell[] = [
  {
    fault: 'Compose file is no YAML',
    at: 'preflight',
    files: { [file]: `${text}\n  - [` },
    mended: good,
    ends: ['refused', 'failed'],
    tells: /Compose refuses/,
  },
  {
    fault: 'Compose file names a service that is not there',
    at: 'preflight',
    files: { [file]: text.replace('depends_on:\n      db:', 'depends_on:\n      no-such:') },
    mended: good,
    ends: ['refused', 'failed'],
    tells: /no-such/,
  },
  {
    fault: 'published port of the proxy changed',
    at: 'plan',
    files: { [file]: text.replace("'80:80'", "'80:80'\n      - '8081:80'") },
    mended: good,
    ends: ['refused'],
    tells: /NEEDS_DOWNTIME/,
  },
  {
    fault: 'port of the proxy is taken by another program',
    at: 'recreate the proxy',
    command: ['deploy', '--allow-downtime'],
    files: { [file]: text.replace("'80:80'", "'80:80'\n      - '8081:80'") },
    before: asRoot('docker run --detach --name port-taker --publish 8081:80 ops-sandbox/nginx:1.26'),
    after: asRoot('docker rm --force port-taker'),
    mended: good,
    ends: ['restored'],
    tells: /8081|port is already allocated/,
    outage: 'announced: the proxy is recreated',
  },
  {
    fault: 'settings of the database changed',
    at: 'plan',
    files: { [file]: text.replace('max_connections=100', 'max_connections=101') },
    mended: good,
    ends: ['refused'],
    tells: /db: it keeps state/,
  },
  {
    fault: 'volume of the database renamed',
    at: 'plan',
    files: { [file]: text.replaceAll('db-data:', 'other-data:') },
    mended: good,
    ends: ['refused'],
    tells: /NEEDS_DOWNTIME/,
  },
  {
    fault: 'network changed',
    at: 'plan',
    files: {
      [file]: `${text}\nnetworks:\n  default:\n    driver_opts:\n      com.docker.network.driver.mtu: "1400"\n`,
    },
    mended: good,
    ends: ['refused', 'failed', 'live'],
  },
  {
    fault: 'service of the release command renamed',
    at: 'plan',
    command: ['deploy', '--allow-downtime'],
    files: {
      [file]: text.replaceAll('backend:', 'api:').replace('context: ./api:', 'context: ./backend'),
      'nginx/nginx.conf': conf.replaceAll('backend:8000', 'api:8000'),
    },
    mended: good,
    ends: ['refused'],
    tells: /release\.service[\s\S]*backend/,
  },
  {
    fault: 'service of the app renamed',
    at: 'all through',
    // The proxy depends on it by name, which is a change of its own configuration.
    command: ['deploy', '--allow-downtime'],
    settings: { release: { command: 'python3 migrate.py', service: 'api' } },
    files: {
      [file]: text.replaceAll('backend:', 'api:').replace('context: ./api:', 'context: ./backend'),
      'nginx/nginx.conf': conf.replaceAll('backend:8000', 'api:8000'),
    },
    mended: good,
    ends: ['live'],
    tells: /backend is not among the services/,
    outage: 'announced: the proxy is recreated',
    next: ['deploy', '--allow-downtime'],
    tidy: asRoot('docker rm --force shop-api-1'),
  },
  {
    fault: 'a service added',
    at: 'all through',
    files: {
      [file]: text.replace(
        '\nvolumes:\n  db-data:',
        '\n  worker:\n    image: ops-sandbox/python-app:trixie\n    command: [sleep, infinity]\n    restart: unless-stopped\n    stop_grace_period: 1s\n\nvolumes:\n  db-data:',
      ),
    },
    mended: good,
    ends: ['live'],
    tidy: asRoot('docker rm --force shop-worker-1'),
  },
];
