/** One package of package-lock.json, version 3. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  license?: string;
  hasInstallScript?: boolean;
  dependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  lockfileVersion: number;
  packages: Readonly<Record<string, LockedPackage>>;
}

const registry = 'https://registry.npmjs.org/';
/** A version, a range of versions or a tag of the registry; never `git+…`, `https:`, `file:` or `owner/repository`. */
const fromRegistry = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?[\w.\s^~<>=|*+-]*$/;

/**
 * What is wrong with where packages come from: each must be a version of the registry whose content is known by a
 * strong hash. Without `resolved` npm takes it from the registry that it is set to, and the hash still holds.
 */
export function lockProblems({ lockfileVersion, packages }: LockFile): string[] {
  const problems = lockfileVersion === 3 ? [] : [`lock file version ${lockfileVersion}, not 3`];
  for (const [path, entry] of Object.entries(packages)) {
    const { version = '', resolved, integrity = '', link, dependencies, optionalDependencies } = entry;
    for (const [name, range] of Object.entries({ ...dependencies, ...optionalDependencies }))
      if (!fromRegistry.test(range))
        problems.push(`${path || 'package.json'}: ${name} is ${range}, not of the registry`);
    if (path === '') continue;
    if (link === true) problems.push(`${path}: a link`);
    if (!/^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version)) problems.push(`${path}: no version`);
    if (!/(?:^| )sha512-[A-Za-z0-9+/]{86}==(?: |$)/.test(integrity))
      problems.push(`${path}: no SHA-512 of its content`);
    if (resolved !== undefined && !resolved.startsWith(registry)) problems.push(`${path}: from ${resolved}`);
  }
  return problems;
}

/**
 * The named packages and all that they ask for, by their place in node_modules. What is optional is there only if it
 * is installed.
 */
export function packagesOf(
  { packages }: LockFile,
  names: readonly string[],
): [path: string, entry: LockedPackage][] {
  const found = new Map<string, LockedPackage>();
  const visit = (name: string, from: string): void => {
    // As Node.js looks: beside the one that asks, then one folder up and up.
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      const entry = packages[path];
      if (entry !== undefined) {
        if (found.has(path)) return;
        found.set(path, entry);
        for (const needed of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
          visit(needed, path);
        return;
      }
      if (folder === '') return;
    }
  };
  for (const name of names) visit(name, '');
  return [...found].toSorted(([one], [other]) => one.localeCompare(other, 'en'));
}
