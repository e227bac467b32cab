import type { Files } from '../../../src/config/files.ts';

/** A file system in memory: content by absolute path. */
export function memoryFiles(content: Readonly<Record<string, string>>): Files {
  const paths = Object.keys(content);
  const below = (folder: string): string[] =>
    paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
  return {
    read: async (path) => content[path],
    list: async (path) => [...new Set(below(path).map((rest) => rest.split('/')[0] ?? ''))].toSorted(),
    exists: async (path) => path in content || below(path).length > 0,
  };
}
