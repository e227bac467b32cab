import { width } from '../reports/table.ts';
import { clipStyled } from './clip-styled.ts';
import { codes, processExit, size, type ExitHook, type Terminal } from './terminal.ts';

/** A few lines at the end of the output that are drawn again in their place. */
export interface Block {
  /** Draws the lines of the frame for the width that there is; again when the terminal is resized. */
  draw(frame: (columns: number) => readonly string[]): void;
  /** Takes the lines away, lets something else be written there, and draws them below it. */
  above(write: () => unknown): void;
  /** Leaves these lines, the cursor below them and visible. */
  close(frame: (columns: number) => readonly string[]): void;
}

export function createBlock(terminal: Terminal, exit: ExitHook = processExit): Block {
  let drawn: readonly string[] = [];
  let latest: ((columns: number) => readonly string[]) | undefined;
  let closed = false;

  /**
   * To the block's first line. A terminal that became narrower has broken the lines that no longer fit, so they take
   * more rows than were written.
   */
  const toStart = (): string => {
    const { columns, rows } = size(terminal);
    const taken = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0);
    return `\r${codes.up(Math.min(taken, rows - 1))}`;
  };
  const paint = (frame: (columns: number) => readonly string[]): void => {
    const { columns, rows } = size(terminal);
    // The last column stays empty: some terminals go to the next line when it is written.
    const lines = frame(columns - 1)
      .slice(0, rows - 1)
      .map((line) => clipStyled(line, columns - 1));
    const start = toStart();
    drawn = lines;
    terminal.write(
      `${codes.hideCursor}${start}${lines.map((line) => `${line}${codes.clearLine}\n`).join('')}${codes.clearBelow}`,
    );
  };
  const redraw = (): void => {
    if (latest && !closed) paint(latest);
  };
  const restore = (): void => {
    terminal.write(codes.showCursor);
  };
  terminal.on?.('resize', redraw);
  exit.add(restore);

  return {
    draw(frame) {
      if (closed) return;
      latest = frame;
      paint(frame);
    },
    above(write) {
      terminal.write(`${toStart()}${codes.clearBelow}`);
      drawn = [];
      write();
      redraw();
    },
    close(frame) {
      if (closed) return;
      paint(frame);
      closed = true;
      terminal.off?.('resize', redraw);
      exit.remove(restore);
      restore();
    },
  };
}
