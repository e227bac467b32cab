import { diskFiles } from '../config/files.ts';
import { findRoot } from '../config/root.ts';

/** The project directory that sandboxes belong to: where `ops` finds its configuration, too. */
export async function sandboxRoot(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return await findRoot(diskFiles, cwd, env['HOME'] ?? env['USERPROFILE']);
}
