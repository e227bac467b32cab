import type { Fact } from './fact.ts';

export interface EngineFact {
  /** `missing`: no docker command; `unreachable`: the engine does not answer this user. */
  docker: { state: 'ok'; version: string } | { state: 'missing' } | { state: 'unreachable'; message: string };
  compose:
    | { state: 'ok'; flavor: 'plugin' | 'standalone'; version: string }
    /** Version 1 of docker-compose: another program, long out of support. */
    | { state: 'v1'; version: string }
    | { state: 'missing' };
}

export const engine = {
  id: 'engine',
  script: () =>
    [
      // Both at the same time; the pipe keeps the line of Compose until the one of Docker is printed.
      '{ if [ "$dc" = "docker compose" ]; then if [ -n "${dc_version:=$(docker compose version --short 2>/dev/null)}" ]; then echo "plugin $dc_version"; else echo none; fi',
      'elif [ -n "$dc" ]; then echo "standalone $dc_version"',
      'elif command -v docker-compose >/dev/null 2>&1; then echo "v1 $dc_version"',
      'else echo none; fi; } | {',
      'if ! command -v docker >/dev/null 2>&1; then echo missing; else docker version --format "ok {{.Server.Version}}" || echo unreachable; fi',
      'cat; }',
    ].join('\n'),
  parse({ stdout, stderr }): EngineFact {
    const lines = stdout.split('\n').filter((line) => line.trim() !== '');
    const compose = lines.at(-1) ?? 'none';
    const docker = lines.find((line) => /^(ok |missing|unreachable)/.test(line)) ?? 'unreachable';
    const [flavor = '', version = ''] = compose.split(' ');
    return {
      docker:
        docker === 'missing'
          ? { state: 'missing' }
          : docker.startsWith('ok ') && docker.length > 3
            ? { state: 'ok', version: docker.slice(3) }
            : { state: 'unreachable', message: stderr.trim().split('\n').at(-1) ?? '' },
      compose:
        flavor === 'plugin' || flavor === 'standalone'
          ? { state: 'ok', flavor, version: version.replace(/^v/, '') }
          : flavor === 'v1'
            ? { state: 'v1', version }
            : { state: 'missing' },
    };
  },
} satisfies Fact<'engine', EngineFact>;
