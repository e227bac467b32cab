import type { World } from './world.ts';

/** Something that root does on the first server; for `before`, `when` and `after` of a cell. */
export function asRoot(...lines: readonly string[]) {
  return async ({ server }: World): Promise<unknown> =>
    await server.sh(['set -e', ...lines].join('\n'), { user: 'root' });
}

/** The same, by the user that deploys, in the app directory. */
export function asDeploy(...lines: readonly string[]) {
  return async ({ server }: World): Promise<unknown> =>
    await server.sh(['set -e', 'cd /srv/app', ...lines].join('\n'));
}

/** What a person does in a clone of their own, and pushes. Runs in the clone's directory, on branch main. */
export function asDeveloper(...lines: readonly string[]) {
  return async ({ server }: World): Promise<unknown> =>
    await server.sh(
      [
        'set -e',
        'work=$(mktemp -d /home/deploy/clone.XXXXXX)',
        `trap 'rm -rf "$work"' EXIT`,
        'git clone --quiet /srv/git/app.git "$work"',
        'cd "$work"',
        ...lines,
      ].join('\n'),
    );
}
