import { appendTo, editable, insertBefore, setArguments } from '../../audit/subjects/nginx-edit.ts';
import { named } from '../../readers/nginx/effective.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { TunedSetting } from '../plan.ts';
import { edited, leave, unchanged, type GroupEdit } from './group.ts';

/** `worker_processes` or `worker_connections` in the project's nginx.conf. */
export function nginxEdit({ files }: Stack, service: Service, setting: TunedSetting): GroupEdit {
  const { nginx, compose, image } = service;
  if (!nginx) return leave([setting], 'Its configuration was not found in the files.');
  const wrong = nginx.problems.find(({ kind }) => kind === 'syntax');
  if (wrong) return leave([setting], `nginx would refuse its configuration: ${wrong.message}`);
  const words = [
    ...(compose.entrypoint?.value ?? []),
    ...(compose.command?.value ?? image?.cmd?.words ?? []),
  ];
  if (words.some((word) => word.includes(setting.name)))
    return leave([setting], 'It is set on the command line of nginx (`-g`).');
  const [directive, second] = named(nginx.directives, setting.name);
  if (second) return leave([setting], 'It is set more than once, which nginx refuses.');
  if (directive?.args[0]?.value === setting.value) return unchanged([setting]);
  const edit = directive ? change(files, directive, setting) : insertion(files, nginx.directives, setting);
  return edited([setting], edit, 'The main nginx.conf is that of the image, and not among the files.');
}

function change(files: Files, directive: NginxDirective, { value }: TunedSetting): Edit[] | undefined {
  return editable(files, directive.at) ? [setArguments(directive, value)] : undefined;
}

function insertion(
  files: Files,
  directives: readonly NginxDirective[],
  { name, value }: TunedSetting,
): Edit[] | undefined {
  const events = directives.find((directive) => directive.name === 'events');
  const first = events ?? directives.find((directive) => directive.name === 'http') ?? directives[0];
  if (!first || !editable(files, first.at)) return undefined;
  const line = `${name} ${value};`;
  if (name === 'worker_processes') return [insertBefore(files, first, [line, ''])];
  return events
    ? [appendTo(files, events, [line])]
    : [insertBefore(files, first, ['events {', `\t${line}`, '}', ''])];
}
