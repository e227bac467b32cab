import type { ComposeServiceModel } from '../readers/compose/project.ts';
import type { Files } from '../source/files.ts';

/** Folders and files of Python that do not run in production. */
const aside =
  /(^|\/)(tests?|testing|migrations|alembic|docs?|examples?|site-packages|venv|\.venv|env|node_modules|__pycache__|scripts|benchmarks?)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest|setup|noxfile|locustfile|fabfile)\.py$/;

/** More than this is no small stack, and the first ones tell enough. */
const most = 2000;

/** Python sources of a build context that may run in the container. */
function pythonFiles(files: Files, context: string): string[] {
  const inside = context === '' ? '' : `${context}/`;
  return files.paths
    .filter(
      (path) => path.endsWith('.py') && path.startsWith(inside) && !aside.test(path.slice(inside.length)),
    )
    .slice(0, most);
}

/** The Python sources of a service: of its build context, else of what is mounted into it. */
export function pythonSources(
  files: Files,
  { build, mounts }: Pick<ComposeServiceModel, 'build' | 'mounts'>,
): { path: string; text: string }[] {
  const roots =
    build?.context === undefined
      ? mounts.flatMap(({ type, sourcePath }) =>
          type === 'bind' && sourcePath !== undefined ? [sourcePath] : [],
        )
      : [build.context];
  return [...new Set(roots.flatMap((root) => pythonFiles(files, root)))].flatMap((path) => {
    const text = files.read(path);
    return text === undefined ? [] : [{ path, text }];
  });
}
