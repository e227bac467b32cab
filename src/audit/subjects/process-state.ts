import type { PythonModule } from '../../readers/python/settings.ts';
import type { Span } from '../../source/span.ts';
import type { Service } from '../../stack/stack.ts';
import type { EvidenceLine } from '../finding.ts';

interface State {
  /** What would go wrong with more than one process. */
  text: string;
  found: (module: PythonModule) => Span | undefined;
}

const imported =
  (...modules: readonly string[]) =>
  ({ imports }: PythonModule): Span | undefined =>
    imports.find(({ module, name }) =>
      modules.some(
        (wanted) =>
          module === wanted ||
          module.startsWith(`${wanted}.`) ||
          (name !== undefined && `${module}.${name}` === wanted),
      ),
    )?.at;

const states: readonly State[] = [
  { text: 'APScheduler runs its jobs in every process', found: imported('apscheduler') },
  {
    text: 'a cache in memory is one cache per process',
    found: imported('cachetools', 'aiocache', 'fastapi_cache.backends.inmemory'),
  },
  {
    text: 'repeated tasks run in every process',
    found: imported('fastapi_utils.tasks', 'fastapi_restful.tasks'),
  },
  {
    text: 'Socket.IO needs a message queue between processes',
    found: imported('flask_socketio', 'socketio'),
  },
  {
    text: 'a websocket reaches only the clients of its own process',
    found: ({ endpoints }) =>
      endpoints.find(({ method }) => method === 'websocket' || method === 'websocket_route')?.at,
  },
];

/** Metrics of one process: right with several once a directory for them is set. */
const prometheus = imported('prometheus_client', 'prometheus_fastapi_instrumentator', 'starlette_exporter');
const broker = imported('redis', 'aioredis', 'broadcaster', 'kombu', 'aio_pika');

/** What an app keeps in the memory of its process, and that several processes would have several times. */
export function processState({ compose, image, python }: Service): readonly EvidenceLine[] {
  const shared = python.some((module) => broker(module) !== undefined);
  const multiprocess =
    compose.environment.has('PROMETHEUS_MULTIPROC_DIR') ||
    image?.env.has('PROMETHEUS_MULTIPROC_DIR') === true;
  const lines: EvidenceLine[] = [];
  for (const { text, found } of states) {
    // Websockets and Socket.IO beside Redis: most likely it carries their messages.
    if (shared && /ocket/.test(text)) continue;
    const at = first(python, found);
    if (at) lines.push({ at, text });
  }
  const metrics = multiprocess ? undefined : first(python, prometheus);
  if (metrics) lines.push({ at: metrics, text: 'prometheus_client counts in each process by itself' });
  return lines;
}

function first(modules: readonly PythonModule[], found: State['found']): Span | undefined {
  for (const module of modules) {
    const at = found(module);
    if (at) return at;
  }
  return undefined;
}
