import type { Files } from '../source/files.ts';

/** Folders and files of Python that do not run in production. */
const aside =
  /(^|\/)(tests?|testing|migrations|alembic|docs?|examples?|site-packages|venv|\.venv|env|node_modules|__pycache__|scripts|benchmarks?)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest|setup|noxfile|locustfile|fabfile)\.py$/;

/** More than this is no small stack, and the first ones tell enough. */
const most = 2000;

/** Python sources of a build context that may run in the container. */
export function pythonFiles(files: Files, context: string): string[] {
  const inside = context === '' ? '' : `${context}/`;
  return files.paths
    .filter(
      (path) => path.endsWith('.py') && path.startsWith(inside) && !aside.test(path.slice(inside.length)),
    )
    .slice(0, most);
}
