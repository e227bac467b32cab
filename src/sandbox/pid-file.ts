import { readFileSync, rmSync } from 'node:fs';

/**
 * Whether a process is the program that is expected of it: a pid may have been given to another
 * program since it was written down.
 */
export function isProgram(pid: number, program: string): boolean {
  try {
    const [command = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command === program || command.endsWith(`/${program}`);
  } catch {
    return false;
  }
}

/**
 * Removes the pid file of a daemon that was killed, or whose machine was: a daemon that finds its
 * file with the pid of any living process, by now of another program, refuses to start.
 *
 * @returns whether there was one
 */
export function removeStalePidFile(file: string, program: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return false;
  }
  if (isProgram(Number.parseInt(text, 10), program)) return false;
  rmSync(file, { force: true });
  return true;
}
