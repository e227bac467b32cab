import type { ComposeServiceModel } from '../readers/compose/project.ts';
import type { ContainerFiles } from '../readers/container-files.ts';
import type { DockerImage } from '../readers/dockerfile/dockerfile.ts';
import type { NginxConfig } from '../readers/nginx/tree.ts';
import type { ReadProblem } from '../readers/problem.ts';

/** A command that writes below nginx's directory: `envsubst < a.template > /etc/nginx/conf.d/a.conf`, `cp a /etc/nginx/`. */
const writes =
  /(?:>|\b(?:cp|mv|ln|tee|install|confd|gomplate)\b[^\n]*\s)\s*["']?(?:\/etc\/nginx|\/tmp\/nginx)\//;

/**
 * Says so where a script makes the sites of nginx when the container starts: what it made is not among the project's
 * files, and a configuration without a `server` must not pass for one that has nothing to look at.
 */
export function madeAtStart(
  config: NginxConfig,
  files: ContainerFiles,
  service: Pick<ComposeServiceModel, 'entrypoint' | 'command' | 'nameAt'>,
  image?: Pick<DockerImage, 'entrypoint' | 'cmd'>,
): readonly ReadProblem[] {
  if (hasServer(config)) return [];
  const entrypoint = service.entrypoint?.value ?? image?.entrypoint?.words ?? [];
  const command = service.command?.value ?? (service.entrypoint ? [] : (image?.cmd?.words ?? []));
  for (const word of [...entrypoint, ...command]) {
    const script = word.startsWith('/') || word.startsWith('./') ? files.read(word) : undefined;
    if (!writes.test(script?.text ?? word)) continue;
    return [
      {
        kind: 'unsupported',
        path: script?.path ?? service.nameAt.path,
        ...(script ? {} : { at: service.nameAt }),
        message: `${script ? `\`${script.path}\`` : 'The command'} makes the configuration of nginx when the container starts.`,
      },
    ];
  }
  return [];
}

/** Whether a configuration serves anything; an nginx without a `server` only has what an image or a script brings. */
export function hasServer({ directives }: Pick<NginxConfig, 'directives'>): boolean {
  const pending = [...directives];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (next.name === 'server' && next.children) return true;
    if (next.name === 'http' || next.name === 'stream') pending.push(...(next.children ?? []));
  }
  return false;
}
