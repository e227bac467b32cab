import type { Buffer } from 'node:buffer';

/** `more`: the answer is not whole yet; `broken`: this is not HTTP/1.x. */
export type Parsed = 'more' | 'done' | 'broken';

type State = 'head' | 'length' | 'close' | 'chunkSize' | 'chunkData' | 'chunkEnd' | 'trailer' | 'done';

/** Longest head of an answer, and longest line of a chunked body, bytes. */
const mostHead = 65_536;
const mostLine = 4_096;

const wanted =
  /\r\n(content-length|transfer-encoding|connection|x-cache-status)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)/gi;

/**
 * Reads one answer after another of an HTTP/1.1 connection, whatever pieces it comes in, and keeps only what a load
 * test counts. Bodies are counted and dropped.
 */
export class ResponseParser {
  status = 0;
  /** Head and body as they came. */
  bytes = 0;
  /** The header X-Cache-Status. */
  cache: string | undefined;
  /** Something of the answer has come. */
  started = false;
  /** The connection may carry another request. */
  reusable = true;

  #state: State = 'head';
  #bodiless = false;
  #rest = 0;
  #text = '';

  /** The next answer; `head`: it is to a HEAD request and has no body, whatever its headers say. */
  begin(head: boolean): void {
    this.status = 0;
    this.bytes = 0;
    this.cache = undefined;
    this.started = false;
    this.reusable = true;
    this.#state = 'head';
    this.#bodiless = head;
    this.#rest = 0;
    this.#text = '';
  }

  push(chunk: Buffer): Parsed {
    this.bytes += chunk.length;
    this.started = true;
    let offset = 0;
    while (offset < chunk.length || this.#state === 'done') {
      switch (this.#state) {
        case 'done':
          // Bytes that nobody asked for: whatever follows could not be told apart from them.
          if (offset < chunk.length) this.reusable = false;
          return 'done';
        case 'head': {
          const next = this.#head(chunk, offset);
          if (next < 0) return next === -1 ? 'more' : 'broken';
          offset = next;
          break;
        }
        case 'length':
        case 'chunkData': {
          const taken = Math.min(this.#rest, chunk.length - offset);
          this.#rest -= taken;
          offset += taken;
          if (this.#rest === 0) this.#state = this.#state === 'length' ? 'done' : 'chunkEnd';
          break;
        }
        case 'close':
          return 'more';
        case 'chunkSize':
        case 'chunkEnd':
        case 'trailer': {
          const end = chunk.indexOf(10, offset);
          const to = end === -1 ? chunk.length : end + 1;
          this.#text += chunk.toString('latin1', offset, to);
          offset = to;
          if (this.#text.length > mostLine) return 'broken';
          if (end === -1) return 'more';
          const line = this.#text.trim();
          this.#text = '';
          if (!this.#line(line)) return 'broken';
        }
      }
    }
    return 'more';
  }

  /** The other side closed; true: that was the end of the answer. */
  closed(): boolean {
    this.reusable = false;
    return this.#state === 'close';
  }

  /** The offset behind the head, -1 when more is needed, -2 when this is no HTTP. */
  #head(chunk: Buffer, offset: number): number {
    let head: string;
    let next: number;
    const end = this.#text === '' ? chunk.indexOf('\r\n\r\n', offset, 'latin1') : -1;
    if (end === -1) {
      const before = this.#text.length;
      this.#text += chunk.toString('latin1', offset);
      if (!'HTTP/1.'.startsWith(this.#text.slice(0, 7))) return -2;
      const found = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3));
      if (found === -1) return this.#text.length > mostHead ? -2 : -1;
      head = this.#text.slice(0, found + 2);
      next = offset + found + 4 - before;
      this.#text = '';
    } else {
      head = chunk.toString('latin1', offset, end + 2);
      next = end + 4;
    }
    return this.#read(head) ? next : -2;
  }

  #read(head: string): boolean {
    const status = Number(head.slice(9, 12));
    if (!head.startsWith('HTTP/1.') || head[8] !== ' ' || !(status >= 100 && status <= 599)) return false;
    // 100 Continue, 103 Early Hints: the answer itself is still to come. Nobody asked for another protocol (101).
    if (status < 200) return status !== 101;
    this.status = status;
    let keepAlive = head[7] !== '0';
    let length: number | undefined;
    let coding = '';
    for (const [, name = '', value = ''] of head.matchAll(wanted)) {
      switch (name.toLowerCase()) {
        case 'content-length': {
          const same = Number(value);
          if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== same)) return false;
          length = same;
          break;
        }
        case 'transfer-encoding':
          coding = value.toLowerCase();
          break;
        case 'connection':
          if (/\bclose\b/i.test(value)) keepAlive = false;
          else if (/\bkeep-alive\b/i.test(value)) keepAlive = true;
          break;
        default:
          this.cache = value;
      }
    }
    this.reusable = keepAlive;
    this.#rest = length ?? 0;
    if (this.#bodiless || status === 204 || status === 304) this.#state = 'done';
    else if (/(^|[ ,])chunked$/.test(coding)) this.#state = 'chunkSize';
    else if (coding !== '' || length === undefined) this.#state = 'close';
    else this.#state = length === 0 ? 'done' : 'length';
    return true;
  }

  /** A line around the pieces of a chunked body. */
  #line(line: string): boolean {
    if (this.#state === 'chunkSize') {
      const size = /^[0-9a-f]{1,12}(?=$|[ \t;])/i.exec(line);
      if (!size) return false;
      this.#rest = Number.parseInt(size[0], 16);
      this.#state = this.#rest === 0 ? 'trailer' : 'chunkData';
      return true;
    }
    if (this.#state === 'chunkEnd') {
      this.#state = 'chunkSize';
      return line === '';
    }
    if (line === '') this.#state = 'done';
    return true;
  }
}
