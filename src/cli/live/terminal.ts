/** What a live view is drawn on: `process.stderr`, `process.stdout`, or a double in tests. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** When a process ends without having closed its view: a second Ctrl+C, a bug. */
export interface ExitHook {
  add(listener: () => void): void;
  remove(listener: () => void): void;
}

export const processExit: ExitHook = {
  add: (listener) => process.once('exit', listener),
  remove: (listener) => process.off('exit', listener),
};

export const codes = {
  hideCursor: '\u001B[?25l',
  showCursor: '\u001B[?25h',
  /** The screen beside the one with the history. */
  otherScreen: '\u001B[?1049h',
  backToScreen: '\u001B[?1049l',
  home: '\u001B[H',
  clearLine: '\u001B[K',
  clearBelow: '\u001B[J',
  up: (rows: number): string => (rows > 0 ? `\u001B[${rows}A` : ''),
} as const;

/** Terminals that do not tell have had this size for fifty years. */
export function size({ columns, rows }: Terminal): { columns: number; rows: number } {
  return { columns: columns || 80, rows: rows || 24 };
}
