import type { ComposeMount } from '../../readers/compose/project.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

const code = /\.(?:py|js|mjs|cjs|ts|tsx|rb|php|go|java|ex|exs)$/;

export const composeSourceMounted = rule({
  id: 'compose-source-mounted',
  category: 'operations',
  severity: 'medium',
  title: {
    fail: 'The code comes from the working copy, not from the image',
    pass: 'The code comes from the image',
  },
  why: 'A bind mount of the sources hides what was built into the image. Then a pull changes the code under the running workers, half of them with the old modules loaded; a rollback of the image changes nothing; and what the build made (compiled assets, installed packages) is covered up. It is a thing for development.',
  example: {
    language: 'yaml',
    bad: 'backend:\n  build: ./backend\n  volumes:\n    - ./backend:/app',
    good: 'backend:\n  build: ./backend\n  volumes:\n    - uploads:/app/uploads',
  },
  references: ['https://docs.docker.com/compose/how-tos/production/#modify-your-compose-file-for-production'],
  evaluate: (stack) =>
    stack.services
      .filter(
        ({ role, compose }) => (role === 'app' || role === 'worker') && compose.build?.context !== undefined,
      )
      .map((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict {
  const context = service.compose.build?.context ?? '';
  const mount = service.compose.mounts.find((one) => isSource(stack, context, one));
  const common = { subject: service.name, confidence: 'static' } as const;
  if (mount === undefined)
    return {
      ...common,
      status: 'pass',
      at: service.compose.nameAt,
      message: `${service.name} runs the code of its image.`,
    };
  return {
    ...common,
    status: 'fail',
    at: mount.at,
    message: `\`${mount.source ?? ''}\` is mounted over \`${mount.target}\`: ${service.name} runs the files of the working copy, not those of the image that is built and deployed.`,
    current: `${mount.source ?? ''}:${mount.target}`,
    expected: 'no mount of the sources',
    fix: {
      title: `Take the sources of ${service.name} out of its volumes`,
      edits: [],
      manual: `Remove the mount of \`${mount.source ?? ''}\` from \`${service.name}\`, or move it to \`compose.override.yaml\`, which is for development. What the app writes below \`${mount.target}\` needs a volume of its own first.`,
      requires: 'recreate',
    },
  };
}

/** The build context, a directory around it, or one in it that has code. */
function isSource({ files }: Stack, context: string, { type, sourcePath, target }: ComposeMount): boolean {
  if (type !== 'bind' || sourcePath === undefined || files.read(sourcePath) !== undefined) return false;
  // Settings that happen to be written in a language: `./sentry:/etc/sentry`.
  if (/^\/(?:etc|docker-entrypoint|var\/lib|data)(?:[/.-]|$)/.test(target)) return false;
  const within = (outer: string, inner: string) =>
    outer === '' || inner === outer || inner.startsWith(`${outer}/`);
  if (within(sourcePath, context)) return true;
  return (
    within(context, sourcePath) &&
    files.paths.some((path) => path.startsWith(`${sourcePath}/`) && code.test(path))
  );
}
