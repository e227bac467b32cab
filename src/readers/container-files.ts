/**
 * The files of one container as far as they are known: mounted, copied into its image, or printed by what runs in it.
 * Paths are absolute and as the container sees them.
 */
export interface ContainerFiles {
  /** `path` is the file's name among the project's `Files`: spans use it. */
  read(containerPath: string): { path: string; text: string } | undefined;
  /** Container paths of the files right in a directory. */
  list(directory: string): readonly string[];
  /** Why a file that is there could not be read. */
  unreadable?(containerPath: string): string | undefined;
}
