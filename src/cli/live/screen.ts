import { clipStyled } from './clip-styled.ts';
import { codes, processExit, size, type ExitHook, type Terminal } from './terminal.ts';

/** The whole terminal, beside what was on it before, which comes back at the end. */
export interface Screen {
  /** Draws the lines of the frame for the width that there is; again when the terminal is resized. */
  draw(frame: (columns: number) => readonly string[]): void;
  close(): void;
}

/** Takes the terminal with the first frame. */
export function createScreen(terminal: Terminal, exit: ExitHook = processExit): Screen {
  let latest: ((columns: number) => readonly string[]) | undefined;
  const paint = (): void => {
    if (!latest) return;
    const { columns, rows } = size(terminal);
    const lines = latest(columns - 1);
    // The last row stays empty: a line end there would scroll the first one away.
    const room = rows - 1;
    const shown =
      lines.length <= room
        ? lines
        : [
            ...lines.slice(0, room - 1),
            `… ${lines.length - room + 1} more lines: the terminal has too few rows`,
          ];
    const text = shown.map((line) => `${clipStyled(line, columns - 1)}${codes.clearLine}\n`).join('');
    terminal.write(`${codes.home}${text}${codes.clearBelow}`);
  };
  const restore = (): void => {
    terminal.write(`${codes.showCursor}${codes.backToScreen}`);
  };
  return {
    draw(frame) {
      if (!latest) {
        exit.add(restore);
        terminal.on?.('resize', paint);
        terminal.write(`${codes.otherScreen}${codes.hideCursor}`);
      }
      latest = frame;
      paint();
    },
    close() {
      if (!latest) return;
      latest = undefined;
      terminal.off?.('resize', paint);
      exit.remove(restore);
      restore();
    },
  };
}
