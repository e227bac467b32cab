import { inspect } from 'node:util';

const redacted = '[redacted]';

/** A value that never prints: only `reveal()` gives it, and only where it leaves the program on purpose. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
