import type { Files } from '../../source/files.ts';
import { mappedSpan } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';
import type { Located } from '../../source/span.ts';
import type { ComposeScalar } from '../compose/node.ts';
import type { ComposeServiceModel } from '../compose/project.ts';
import type { DockerCommand, DockerImage } from '../dockerfile/dockerfile.ts';
import { splitWords } from './shell.ts';
import type { CommandWord } from './word.ts';
import { yamlScalar } from './yaml-scalar.ts';

/**
 * The words that a container is started with, the entry point's first: those of Compose over those of the image. An
 * entry point of Compose takes the image's command away too. Empty: the project does not tell.
 */
export function startWords(
  service: ComposeServiceModel,
  image: DockerImage | undefined,
  files: Files | undefined,
): { entrypoint: readonly CommandWord[]; command: readonly CommandWord[] } {
  const entrypoint = service.entrypoint
    ? composeWords(service, 'entrypoint', service.entrypoint, files)
    : dockerWords(image?.entrypoint);
  // The shell form of ENTRYPOINT takes no arguments.
  if (!service.entrypoint && image?.entrypoint?.form === 'shell') return { entrypoint, command: [] };
  const command = service.command
    ? composeWords(service, 'command', service.command, files)
    : service.entrypoint
      ? []
      : dockerWords(image?.cmd);
  return { entrypoint, command };
}

function dockerWords(command: DockerCommand | undefined): CommandWord[] {
  if (!command) return [];
  const { form, sources, at } = command;
  if (form === 'exec')
    return sources.map((source) => {
      const span = mappedSpan(source);
      return {
        text: source.text,
        source,
        ...(span ? { outer: { ...span, start: span.start - 1, end: span.end + 1 } } : {}),
        form,
        command: at,
        resolved: true,
      };
    });
  const [script] = sources;
  return script
    ? [
        { text: '/bin/sh', resolved: true },
        { text: '-c', resolved: true },
        { text: script.text, source: script, form, command: at, resolved: true },
      ]
    : [];
}

function composeWords(
  service: ComposeServiceModel,
  key: 'command' | 'entrypoint',
  { value, at }: Located<readonly string[]>,
  files: Files | undefined,
): CommandWord[] {
  const node = service.get(key);
  // What an anchor gives to several services is not changed for one of them.
  const own = node?.shared === true ? undefined : files;
  if (node?.kind === 'list')
    return value.map((text, index) => {
      const item = node.items[index];
      const source = item?.kind === 'scalar' ? scalarSource(item, text, own) : undefined;
      return {
        text,
        ...(source ? { source } : {}),
        ...(item ? { outer: item.at } : {}),
        form: 'compose-list',
        command: at,
        resolved: !(item?.kind === 'scalar' && item.unresolved),
      };
    });
  const source = node?.kind === 'scalar' ? scalarSource(node, String(node.value ?? ''), own) : undefined;
  const words = source ? splitWords(source) : [];
  const followed = words.length === value.length && words.every(({ text }, index) => text === value[index]);
  const resolved = !(node?.kind === 'scalar' && node.unresolved);
  return (followed ? words : value.map((text): CommandWord => ({ text, resolved }))).map((word) => ({
    ...word,
    form: 'compose-string',
    command: at,
    resolved,
  }));
}

function scalarSource(node: ComposeScalar, value: string, files: Files | undefined): MappedText | undefined {
  const text = files?.read(node.at.path);
  return text === undefined ? undefined : yamlScalar(text, node.at, value);
}
