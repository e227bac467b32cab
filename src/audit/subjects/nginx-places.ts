import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import { editable } from './nginx-edit.ts';

/**
 * The `server` block before which something for the whole `http` part can be written: the first of some locations'
 * in a file of the project. That works in nginx.conf and in a file of conf.d alike.
 */
export function httpPlace(files: Files, locations: readonly ProxiedLocation[]): NginxDirective | undefined {
  return locations.find(({ server }) => server && editable(files, server.at))?.server;
}

/** Each edit once: several locations may ask for the same. */
export function mergeEdits(edits: readonly Edit[]): readonly Edit[] {
  const found = new Map(
    edits.map((edit) => [`${edit.path}\n${edit.start}\n${edit.end}\n${edit.text}`, edit]),
  );
  return [...found.values()];
}
