import { words } from './quote.ts';

export interface ComposeFiles {
  files: readonly string[];
  project?: string | undefined;
  profiles: readonly string[];
  envFiles: readonly string[];
}

/** Flags that every `docker compose` of a target carries, quoted: `-f docker-compose.prod.yml -p shop`. */
export function composeFlags({ files, project, profiles, envFiles }: ComposeFiles): string {
  return words(
    ...files.flatMap((file) => ['-f', file]),
    ...(project === undefined ? [] : ['-p', project]),
    ...profiles.flatMap((profile) => ['--profile', profile]),
    ...envFiles.flatMap((file) => ['--env-file', file]),
  );
}

/** Filters of `docker ps`, quoted: what `docker compose ps` lists of a project, without the one-off containers of `run`. */
export function projectFilters(project: string, ...more: readonly string[]): string {
  return words(
    ...[
      `label=com.docker.compose.project=${project}`,
      'label=com.docker.compose.oneoff=False',
      ...more,
    ].flatMap((filter) => ['--filter', filter]),
  );
}

/** The words of Compose itself. */
export type ComposeProgram = 'docker compose' | 'docker-compose';

export function composeProgram(flavor: 'plugin' | 'standalone'): ComposeProgram {
  return flavor === 'plugin' ? 'docker compose' : 'docker-compose';
}
