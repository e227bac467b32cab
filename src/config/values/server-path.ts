const drive = /^[A-Za-z]:[\\/]/;

/** Why this is no path on the server, whatever it is for; undefined when nothing is wrong. */
function commonProblem(path: string): string | undefined {
  if (path === '') return 'it is empty';
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001F\u007F]/.test(path)) return 'it has a control character in it';
  if (drive.test(path)) {
    return 'that is a path of Windows; Git Bash makes such paths of /srv/app unless MSYS_NO_PATHCONV=1 is set';
  }
  if (path.includes('\\')) return 'paths on the server are written with /';
  return undefined;
}

/** Why this is no absolute directory on the server. */
export function absolutePathProblem(path: string): string | undefined {
  const problem = commonProblem(path);
  if (problem !== undefined) return problem;
  if (path.startsWith('~')) return 'write the home directory out, /home/deploy/app instead of ~/app';
  if (!path.startsWith('/')) return 'it does not begin with /';
  if (path.split('/').includes('..')) return 'it has .. in it';
  return tidyPath(path) === '/' ? 'that is the root of the whole server' : undefined;
}

/** Why this is no file of the app: a relative path must not leave the app directory. */
export function appFileProblem(path: string): string | undefined {
  const problem = commonProblem(path);
  if (problem !== undefined) return problem;
  if (path.startsWith('-')) return 'it begins with -';
  if (path.startsWith('~')) return 'the server does not expand ~ here';
  if (path.endsWith('/')) return 'it names a directory';
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return 'it leads out of the app directory';
  }
  return undefined;
}

/** Without doubled, trailing and `.` parts: `/srv//app/` → `/srv/app`, `./a.yml` → `a.yml`. */
export function tidyPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}
