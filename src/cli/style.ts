import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours text for one stream. */
export type Style = (format: Format, text: string) => string;

interface ColourContext {
  isTTY?: boolean | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Whether a stream gets colours: NO_COLOR (not empty) or TERM=dumb switch them off, FORCE_COLOR (not 0)
 * switches them on, else a terminal has them.
 */
export function wantsColour({ isTTY, env }: ColourContext): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return isTTY === true && env['TERM'] !== 'dumb';
}

/** For files: no colours. */
export const plainStyle: Style = (_format, text) => text;

/** A painter that does nothing where colours are not wanted. */
export function styleFor(context: ColourContext): Style {
  if (!wantsColour(context)) return plainStyle;
  return (format, text) => styleText(format, text, { validateStream: false });
}
