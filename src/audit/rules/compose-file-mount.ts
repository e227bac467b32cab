import type { Service, Stack } from '../../stack/stack.ts';
import { listText } from '../subjects/compose.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

export const composeFileMount = rule({
  id: 'compose-file-mount',
  category: 'operations',
  severity: 'info',
  title: {
    fail: 'A file that is mounted by itself does not change in the container',
    pass: 'Configuration is mounted as a directory',
  },
  why: 'A bind mount of a single file is a mount of that inode. `git pull` and most editors write a new file and rename it over the old one, so the container keeps the old content, and `nginx -s reload` reads it again. Mounting the directory avoids that; recreating the container helps each time. `ops deploy` writes such files in place.',
  example: {
    language: 'yaml',
    bad: 'volumes:\n  - ./nginx/default.conf:/etc/nginx/conf.d/default.conf:ro',
    good: 'volumes:\n  - ./nginx/conf.d:/etc/nginx/conf.d:ro',
  },
  references: ['https://docs.docker.com/engine/storage/bind-mounts/'],
  evaluate: (stack) => stack.services.flatMap((service) => judge(stack, service)),
});

function judge({ files }: Stack, service: Service): Verdict[] {
  const mounts = service.compose.mounts.filter(
    ({ type, sourcePath }) =>
      type === 'bind' && sourcePath !== undefined && files.read(sourcePath) !== undefined,
  );
  const [first] = mounts;
  if (first === undefined) return [];
  return [
    {
      subject: service.name,
      status: 'fail',
      confidence: 'static',
      at: first.at,
      message: `${service.name} mounts ${listText(mounts.map(({ source }) => `\`${source ?? ''}\``))} as a file. After a \`git pull\` the container still sees the old content until it is recreated; \`ops deploy\` takes care of it.`,
      current: `${mounts.length} ${mounts.length === 1 ? 'file' : 'files'}`,
      expected: 'a directory, or a deploy that knows',
    },
  ];
}
