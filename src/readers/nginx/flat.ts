import { lexNginx } from './lexer.ts';

/** One directive of an nginx configuration, without regard to the block that it is in. */
export interface Directive {
  name: string;
  args: readonly string[];
}

/**
 * All directives of `nginx -T`, in order. Quotes and escapes are resolved as nginx does; comments are left out.
 * Never throws: text that is no configuration gives directives that nobody asks for.
 */
export function directives(config: string): Directive[] {
  const found: Directive[] = [];
  let words: string[] = [];
  const finish = (): void => {
    const [name, ...args] = words;
    if (name !== undefined) found.push({ name, args });
    words = [];
  };
  for (const { kind, value } of lexNginx(config)) {
    if (value !== undefined) words.push(value);
    else if (kind === 'end' || kind === 'open' || kind === 'close') finish();
  }
  finish();
  return found;
}
