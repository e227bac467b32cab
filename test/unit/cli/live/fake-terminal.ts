import type { ExitHook, Terminal } from '../../../../src/cli/live/terminal.ts';

export interface FakeTerminal extends Terminal {
  /** What is on the screen, without empty lines at its end. */
  screen(): string[];
  /** Everything that was written. */
  written(): string;
  cursorVisible(): boolean;
  onOtherScreen(): boolean;
  /** Breaks lines that no longer fit, as terminals do, and tells so. */
  resize(columns: number): void;
}

/** A terminal that knows the few codes that our views use; it does not scroll. */
export function fakeTerminal(columns: number, rows: number): FakeTerminal {
  let lines: string[] = [''];
  let row = 0;
  let column = 0;
  let visible = true;
  let other = false;
  let text = '';
  let width = columns;
  const listeners = new Set<() => void>();
  const put = (character: string): void => {
    const line = (lines[row] ?? '').padEnd(column);
    lines[row] = line.slice(0, column) + character + line.slice(column + 1);
    column += 1;
  };
  const escape = (parameters: string, command: string): void => {
    const count = Number(parameters || '1');
    if (command === 'A') row = Math.max(0, row - count);
    else if (command === 'K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (command === 'J') lines = [...lines.slice(0, row), (lines[row] ?? '').slice(0, column)];
    else if (command === 'H') row = column = 0;
    else if (parameters === '?25') visible = command === 'h';
    else if (parameters === '?1049') {
      other = command === 'h';
      lines = [''];
      row = column = 0;
    }
  };
  return {
    get columns() {
      return width;
    },
    rows,
    write(chunk) {
      text += chunk;
      for (const [all, parameters, command] of chunk.matchAll(/\u001B\[([?\d]*)([A-Za-z])|[^]/g)) {
        if (command !== undefined) escape(parameters ?? '', command);
        else if (all === '\n') {
          row += 1;
          column = 0;
          lines[row] ??= '';
        } else if (all === '\r') column = 0;
        else put(all);
      }
    },
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
    screen: () =>
      lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1).map((line) => line.trimEnd()),
    written: () => text,
    cursorVisible: () => visible,
    onOtherScreen: () => other,
    resize(next) {
      width = next;
      const broken = lines
        .slice(0, row)
        .flatMap((line) => line.match(new RegExp(`.{1,${next}}`, 'g')) ?? ['']);
      lines = [...broken, lines[row] ?? ''];
      row = broken.length;
      for (const listener of listeners) listener();
    },
  };
}

/** An exit that the test decides on. */
export function fakeExit(): ExitHook & { leave(): void; count(): number } {
  const listeners = new Set<() => void>();
  return {
    add: (listener) => void listeners.add(listener),
    remove: (listener) => void listeners.delete(listener),
    leave: () => {
      for (const listener of listeners) listener();
    },
    count: () => listeners.size,
  };
}
