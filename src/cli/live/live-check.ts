import type { CheckReport } from '../../observe/check-target.ts';
import { checkHistory } from './check-history.ts';
import { checkFrame, type CheckFrameOptions } from './check-frame.ts';
import { createScreen } from './screen.ts';
import type { ExitHook, Terminal } from './terminal.ts';

export interface LiveCheck {
  round(report: CheckReport): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Rounds of checks on a whole terminal: the newest report below the history of its figures. */
export function createLiveCheck(
  terminal: Terminal,
  options: CheckFrameOptions & { exit?: ExitHook },
): LiveCheck {
  const screen = createScreen(terminal, options.exit);
  const history = checkHistory();
  return {
    round(report) {
      history.add(report);
      screen.draw((columns) => checkFrame(report, history, columns, options));
    },
    close: () => screen.close(),
  };
}
