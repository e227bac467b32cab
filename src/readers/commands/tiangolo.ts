import type { Located } from '../../source/span.ts';
import type { AppServer, Setting, SettingSource, Workers } from './app-server.ts';
import { asNumber, asWorkers, fromEnvironment } from './settings.ts';
import type { Environment } from './settings.ts';

const images =
  /(?:^|\/)tiangolo\/((?:uvicorn|meinheld)-gunicorn(?:-[a-z]+)?|uwsgi-nginx(?:-[a-z]+)?)(?=[:@]|$)/;

/** What such an image starts by itself, `/start.sh`. */
export function isTiangoloImage(image: string): boolean {
  return images.test(image);
}

/**
 * The server of the images tiangolo/uvicorn-gunicorn-* and tiangolo/meinheld-gunicorn-*, which set their workers
 * themselves: WEB_CONCURRENCY, else CPUs × WORKERS_PER_CORE but at least 2, and at most MAX_WORKERS
 * (https://github.com/tiangolo/uvicorn-gunicorn-docker, docker-images/gunicorn_conf.py); of tiangolo/uwsgi-nginx-*,
 * which let uWSGI grow from 2 (UWSGI_CHEAPER) to 16 processes (UWSGI_PROCESSES).
 */
export function tiangoloServer(image: Located<string>, environment: Environment): AppServer | undefined {
  const family = images.exec(image.value)?.[1];
  if (family === undefined) return undefined;
  const common = { words: ['/start.sh'], places: [], at: image.at, form: 'exec' as const, unknown: [] };
  if (family.startsWith('uwsgi'))
    return {
      ...common,
      kind: 'uwsgi',
      workers: asWorkers(
        fromEnvironment(environment, ['UWSGI_PROCESSES']) ?? { value: '16', source: { by: 'base-image' } },
        'UWSGI_PROCESSES',
      ),
    };
  const meinheld = family.startsWith('meinheld');
  const number = (name: string, fallback: number): Setting<number> => {
    const raw = fromEnvironment(environment, [name]);
    const value = raw && asNumber(raw);
    return raw && value !== undefined
      ? { value, source: raw.source }
      : { value: fallback, source: baseImage };
  };
  return {
    ...common,
    kind: 'gunicorn',
    workers: workersOf(environment, number('WORKERS_PER_CORE', meinheld ? 2 : 1)),
    workerClass: {
      value: meinheld ? 'egg:meinheld#gunicorn_worker' : 'uvicorn.workers.UvicornWorker',
      source: baseImage,
    },
    timeout: number('TIMEOUT', 120),
    gracefulTimeout: number('GRACEFUL_TIMEOUT', 120),
    keepAlive: number('KEEP_ALIVE', 5),
  };
}

const baseImage: SettingSource = { by: 'base-image' };

function workersOf(environment: Environment, perCore: Setting<number>): Setting<Workers> {
  const fixed = fromEnvironment(environment, ['WEB_CONCURRENCY']);
  if (fixed) return asWorkers(fixed, 'WEB_CONCURRENCY');
  const most = fromEnvironment(environment, ['MAX_WORKERS']);
  const atMost = most && asNumber(most);
  return {
    value: {
      kind: 'per-cpu',
      factor: perCore.value,
      plus: 0,
      atLeast: 2,
      ...(atMost === undefined ? {} : { atMost }),
    },
    source: perCore.source,
  };
}
