import { isAbsolute, resolve } from 'node:path';
import type { Provenance } from './config.ts';
import type { SettingPath } from './settings.ts';

/** One value of one source, already checked. */
export interface Given {
  value: unknown;
  /** `ops.yaml:12`, a variable or a flag. */
  detail?: string;
  /** For a list: where each of its items stands. */
  items?: readonly string[];
}

/** What one source says; sources are laid upon each other, the later one wins. */
export interface Layer {
  source: Provenance['source'];
  /** Directory on this machine that relative paths of this source start at. */
  base: string;
  values: ReadonlyMap<SettingPath, Given>;
}

export function provenanceOf(layer: Layer, { detail }: Given, item?: string): Provenance {
  const shown = item ?? detail;
  return { source: layer.source, ...(shown === undefined ? {} : { detail: shown }) };
}

/** Relative paths start at the file that names them; `~`, absolute ones and `none` stay as they are. */
export function localPath(path: string, base: string): string {
  const fixed =
    path === 'none' || path.startsWith('~') || /^(?:[A-Za-z]:)?[\\/]/.test(path) || isAbsolute(path);
  return fixed ? path : resolve(base, path);
}
