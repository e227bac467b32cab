/** The reader of our stdout went away (`ops logs -f | head`): a reason to stop, not an error. */
export class OutputClosed extends Error {
  constructor() {
    super('The reader of the output went away.');
    this.name = 'OutputClosed';
  }
}

/** For `stream.on('error')`: a closed pipe is no crash; anything else is. */
export function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

/** Writes and waits until the operating system has it; a closed pipe is not an error. */
export async function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write(text, () => {
      resolve();
    });
  });
}
