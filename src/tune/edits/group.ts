import { manualStep } from './manual.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { Span } from '../../source/span.ts';
import type { TunedSetting } from '../plan.ts';

/** A setting that is not written, and why. */
export interface LeftSetting {
  setting: TunedSetting;
  /** A sentence. */
  why: string;
  /** What a person has to do. Markdown. */
  manual: string;
}

/** What becomes of settings that are written together, in files as they are now. */
export interface GroupEdit {
  /** They have the planned value. */
  same: readonly TunedSetting[];
  /** What `edits` sets. */
  changed: readonly TunedSetting[];
  edits: readonly Edit[];
  left: readonly LeftSetting[];
}

export function unchanged(settings: readonly TunedSetting[]): GroupEdit {
  return { same: settings, changed: [], edits: [], left: [] };
}

export function leave(settings: readonly TunedSetting[], why: string): GroupEdit {
  return {
    same: [],
    changed: [],
    edits: [],
    left: settings.map((setting) => ({ setting, why, manual: manualStep(setting) })),
  };
}

/** Edits, or where there are none for it, a reason to leave it. */
export function edited(
  settings: readonly TunedSetting[],
  edits: readonly Edit[] | undefined,
  why: string,
): GroupEdit {
  return edits === undefined || edits.length === 0
    ? leave(settings, why)
    : { same: [], changed: settings, edits, left: [] };
}

/**
 * The variable that a value comes from; undefined: it is written out. `$$` is a dollar sign.
 *
 * @param name of the setting, where the place may be a whole command: then only its own word counts
 */
export function variableOf(files: Files, at: Span | undefined, name?: string): string | undefined {
  const text = (at && files.read(at.path)?.slice(at.start, at.end).replaceAll('$$', '')) ?? '';
  const own = name === undefined ? -1 : text.lastIndexOf(`${name}=`);
  const word = own === -1 ? text : (/^\S*/.exec(text.slice(own))?.[0] ?? '');
  return /\$\{?([A-Za-z_]\w*)/.exec(word)?.[1];
}

export function fromVariable(name: string): string {
  return `It comes from the variable ${name}.`;
}
