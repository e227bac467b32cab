import { readFileSync } from 'node:fs';
import type { ContainerFact } from '../../../src/facts/containers.ts';
import { containerSettings } from '../../../src/facts/container-settings.ts';
import type { Fact } from '../../../src/facts/fact.ts';
import { hostFacts } from '../../../src/facts/index.ts';
import { nginx } from '../../../src/facts/nginx.ts';
import { postgresSettings } from '../../../src/facts/postgres-settings.ts';
import { processMemory } from '../../../src/facts/process-memory.ts';
import { throttling } from '../../../src/facts/throttling.ts';
import type { LiveFacts } from '../../../src/gather/live-stack.ts';

/** Of the containers in the fixtures. */
export const backend = '776acbd2c45d452f5faf178ef73935c325f9c8ed29498c53572c887fd2514e1e';
export const database = '9b5b1fc338a120a7b13ab0ce30071aeef82b7f7dc4ba872f019d34fbdf774074';
export const proxy = 'ce4da6c182633ec98b7a13323e456d75f3b317f6c123a231da8b06bda5906135';

function container(id: string, service: string, more: Partial<ContainerFact> = {}): ContainerFact {
  return {
    id,
    name: `shop-${service}-1`,
    service,
    image: 'sha256:1',
    imageName: `shop-${service}`,
    configHash: 'h',
    state: 'running',
    health: 'healthy',
    startedAt: '2026-11-23T22:38:00Z',
    exitCode: 0,
    oomKilled: false,
    restarts: 0,
    restartPolicy: 'unless-stopped',
    addresses: {},
    ports: [],
    binds: [],
    memoryLimit: 1024 ** 3,
    cpuLimit: 1.5,
    ...more,
  };
}

function printed<Value>(fact: Fact<string, Value>, name: string): { value: Value } {
  const stdout = readFileSync(
    new URL(`../../fixtures/facts/${fact.id}/${name}.txt`, import.meta.url),
    'utf8',
  );
  return { value: fact.parse({ stdout, stderr: '', code: 0 }) };
}

/** What a real server printed, and a stopped container beside it. */
export function liveFacts(change: Partial<LiveFacts> = {}): LiveFacts {
  return {
    engine: printed(hostFacts.engine, 'plugin'),
    system: printed(hostFacts.system, 'debian-13'),
    containers: {
      value: [
        container('0'.repeat(64), 'backend', { name: 'shop-backend-9', state: 'exited', oomKilled: true }),
        container(backend, 'backend'),
        container(database, 'db'),
        container(proxy, 'nginx'),
      ],
    },
    settings: printed(containerSettings([]), 'shop'),
    memory: {
      value: {
        [backend]: { usedBytes: 213_000_000, oomKills: 2 },
        [database]: { usedBytes: 60_000_000, oomKills: 0 },
        [proxy]: { usedBytes: 8_000_000, oomKills: 0 },
      },
    },
    throttling: printed(throttling([]), 'cgroup-v1'),
    processes: {
      value: {
        [backend]: {
          env: {},
          processes: [
            { pid: 12_226, parent: 12_201, args: ['gunicorn', 'main:app', '--statsd-token', 'CANARYlive1'] },
            { pid: 12_277, parent: 12_226, args: ['gunicorn', 'postgresql://shop:CANARYlive2@db/shop'] },
            { pid: 20_000, parent: 19_999, args: ['curl', 'http://127.0.0.1/health'] },
          ],
        },
        [proxy]: { env: {}, processes: [{ pid: 1_797, parent: 1_775, args: ['nginx:', 'master'] }] },
        [database]: { env: {} },
      },
    },
    processMemory: printed(processMemory([]), 'shop'),
    postgres: printed(postgresSettings([]), 'command-line'),
    nginx: printed(nginx([], 1), 'shop'),
    logs: {
      value: {
        [backend]: {
          state: 'ok',
          lines: { 'worker-timeout': { count: 3, last: 'WORKER TIMEOUT for 203.0.113.9 token=CANARYlive3' } },
        },
        [database]: { state: 'unreadable', message: 'the driver does not support reading' },
        [proxy]: { state: 'ok', lines: {} },
      },
    },
    ...change,
  };
}
