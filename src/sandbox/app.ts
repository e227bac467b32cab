import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { packageRoot, readTree } from './files.ts';
import type { TarEntry } from './tar.ts';

/** The sample app as it was found, and with everything mended. */
export const variants = ['after', 'before'] as const;
export type Variant = (typeof variants)[number];

/** What is put into the git origin of a sandbox. */
export interface App {
  /** `after`, `before`, or the directory of the user's own app. */
  id: string;
  directory: string;
  /** Settings for the target file. The user's own app has them in its ops.yaml. */
  settings: Readonly<Record<string, unknown>>;
}

/** The folder of a variant of the sample app. */
export function variantDirectory(variant: Variant): string {
  return join(packageRoot, 'examples', 'shop', variant);
}

/**
 * @param choice a variant of the sample app, or a directory with an app of one's own
 * @throws UsageError when the directory is none
 */
export function chooseApp(
  choice: { variant?: Variant | undefined; app?: string | undefined },
  cwd: string,
): App {
  if (choice.app !== undefined) {
    const directory = resolve(cwd, choice.app);
    if (!existsSync(directory) || !statSync(directory).isDirectory())
      throw new UsageError('NO_APP_DIRECTORY', `${directory} is not a directory.`, {
        next: ['Give --app the folder with the Compose file of your app.'],
      });
    return { id: directory, directory, settings: {} };
  }
  const variant = choice.variant ?? 'after';
  return {
    id: variant,
    directory: variantDirectory(variant),
    settings: {
      compose: { files: ['docker-compose.prod.yml'] },
      health: { path: '/health' },
      // `before` makes its tables when it starts.
      ...(variant === 'after' ? { release: { command: 'python3 migrate.py', service: 'backend' } } : {}),
      checks: { path: '/api/products' },
    },
  };
}

/** The files of an app, for its first commit. */
export function appTree(app: App): TarEntry[] {
  return readTree(app.directory);
}
