/**
 * The parts of an output that begin with a line `KEY VALUE`. Only a line feed ends a line: what a container says
 * may hold every other character, also those that `^` of a regular expression takes for the start of a line.
 */
export function blocksOf(stdout: string, key: string): { value: string; lines: string[] }[] {
  const blocks: { value: string; lines: string[] }[] = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith(`${key} `)) blocks.push({ value: line.slice(key.length + 1).trim(), lines: [] });
    else blocks.at(-1)?.lines.push(line);
  }
  return blocks;
}
