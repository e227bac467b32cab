import { readdir } from 'node:fs/promises';

const root = new URL('../fixtures/stacks/', import.meta.url);

/** The small stacks, each a directory with a project and what is to be found in it (`expected.json`). */
export async function stackFixtures(): Promise<{ name: string; directory: URL }[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, directory: new URL(`${name}/`, root) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
