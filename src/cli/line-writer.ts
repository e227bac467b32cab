/** Writes whole lines; gives a promise when the reader is slow, to be waited for before the next line. */
export type LineWriter = (line: string) => void | Promise<void>;

/** Lines for a stream whose reader may be slow (`| less`) or gone (`| head`): memory stays bounded. */
export function lineWriter(stream: NodeJS.WriteStream): LineWriter {
  let waiting: Promise<void> | undefined;
  return (line) => {
    if (stream.write(`${line}\n`)) return undefined;
    waiting ??= new Promise<void>((resolve) => {
      const done = (): void => {
        waiting = undefined;
        for (const event of ['drain', 'error', 'close']) stream.off(event, done);
        resolve();
      };
      // An error ends the wait too: the base command hears of it and stops everything.
      for (const event of ['drain', 'error', 'close']) stream.once(event, done);
    });
    return waiting;
  };
}
