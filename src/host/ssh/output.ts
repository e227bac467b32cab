import { StringDecoder } from 'node:string_decoder';

const blockBytes = 64 * 1024;

/** Keeps the last `maxBytes` of a stream in memory that does not grow with the stream. */
export class TailBuffer {
  readonly #maxBytes: number;
  /** Full blocks but the last; small chunks share a block, so that a stream of single bytes costs no more. */
  readonly #blocks: Buffer[] = [];
  #last = Buffer.alloc(0);
  #used = 0;
  #bytes = 0;
  #dropped = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#used === this.#last.length) {
        this.#last = Buffer.allocUnsafe(blockBytes);
        this.#blocks.push(this.#last);
        this.#used = 0;
      }
      const copied = chunk.copy(this.#last, this.#used, offset);
      this.#used += copied;
      this.#bytes += copied;
      offset += copied;
      while (this.#blocks.length > 1 && this.#bytes - blockBytes >= this.#maxBytes) {
        this.#blocks.shift();
        this.#bytes -= blockBytes;
        this.#dropped = true;
      }
    }
  }

  /** Something was dropped from the front. */
  get truncated(): boolean {
    return this.#dropped || this.#bytes > this.#maxBytes;
  }

  /** What was kept, as UTF-8; a character that was cut at the front is left out. */
  toString(): string {
    const all = Buffer.concat(this.#blocks).subarray(0, this.#bytes);
    if (!this.truncated) return all.toString('utf8');
    let start = Math.max(0, all.length - this.#maxBytes);
    while (start < all.length && (all.readUInt8(start) & 0xc0) === 0x80) start++;
    return all.toString('utf8', start);
  }
}

/** A line longer than this is handed on in pieces, so that output without line ends needs no memory. */
const longestLine = 256 * 1024;

/** Turns chunks of UTF-8 into whole lines, without their line ends. */
export class LineSplitter {
  readonly #onLine: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** Hands on a last line that has no line end. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(line);
    if (this.#rest.length > longestLine) {
      this.#emit(this.#rest);
      this.#rest = '';
    }
  }

  #emit(line: string): void {
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}

const longestNoise = 64 * 1024;

/**
 * Holds a stream back until the line that begins with `marker`; what came before it is what the login shell's
 * start-up files printed, and not the command's.
 */
export class MarkerFilter {
  readonly #marker: string;
  readonly #onStart: (rest: string) => void;
  #held: Buffer = Buffer.alloc(0);
  #started = false;

  /** @param onStart called once, with what stands behind the marker on its line */
  constructor(marker: string, onStart: (rest: string) => void) {
    this.#marker = marker;
    this.#onStart = onStart;
  }

  get started(): boolean {
    return this.#started;
  }

  /** The last of what came before the marker. */
  get noise(): string {
    return this.#held.toString('utf8');
  }

  /** @returns the bytes of `chunk` that belong to the command */
  push(chunk: Buffer): Buffer | undefined {
    if (this.#started) return chunk;
    const all = Buffer.concat([this.#held, chunk]);
    const start = all.indexOf(this.#marker);
    const end = start === -1 ? -1 : all.indexOf('\n', start);
    if (end === -1) {
      this.#held = all.subarray(Math.max(0, all.length - longestNoise));
      return undefined;
    }
    this.#started = true;
    this.#held = Buffer.alloc(0);
    this.#onStart(all.toString('utf8', start + this.#marker.length, end).trim());
    return end + 1 < all.length ? all.subarray(end + 1) : undefined;
  }
}
