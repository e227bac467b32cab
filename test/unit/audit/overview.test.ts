import { describe, expect, it } from 'vitest';
import { overviewOf } from '../../../src/audit/overview.ts';
import { filesOf } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';

describe('the figures of a stack', () => {
  it('are its services with what is known of each, and the machine', () => {
    const compose = [
      'services:',
      '  web:',
      '    build: .',
      '    command: gunicorn --workers 3 main:app',
      '    deploy: { replicas: 2, resources: { limits: { cpus: "1.5", memory: 512M } } }',
      '  db:',
      '    image: postgres:17',
      '',
    ].join('\n');
    const stack = buildStack({
      files: filesOf(new Map([['compose.yaml', compose]])),
      compose: { paths: ['compose.yaml'], env: {} },
      machine: { cpus: 2, memoryBytes: 2 ** 31, source: 'given' },
    });
    expect(overviewOf(stack)).toEqual({
      services: [
        {
          name: 'web',
          role: 'app',
          replicas: 2,
          server: 'gunicorn',
          workers: 3,
          memoryLimitBytes: 512 * 1024 ** 2,
          cpuLimit: 1.5,
        },
        { name: 'db', role: 'postgres', replicas: 1, version: '17' },
      ],
      machine: { cpus: 2, memoryBytes: 2 ** 31, source: 'given' },
      composeFiles: ['compose.yaml'],
      files: 1,
    });
  });
});
