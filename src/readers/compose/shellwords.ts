/**
 * Splits a command as Compose splits the string form of `command` and `entrypoint`: quotes and backslashes as in a
 * shell, nothing expanded. It stops at `;`, `&`, `|`, `<` and `>`, because no shell will run what comes behind
 * (github.com/mattn/go-shellwords, which Compose uses).
 * A quote that is never closed takes the rest of the text.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let begun = false;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === '\\' && quote !== "'") {
      index += 1;
      word += text[index] ?? '';
      begun = true;
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      begun = true;
    } else if (/\s/.test(char)) {
      if (begun) words.push(word);
      word = '';
      begun = false;
    } else if (';&|<>'.includes(char)) {
      // `2>` is a redirection of standard error: the digit belongs to it.
      if (char === '>' && /^\d$/.test(word)) begun = false;
      break;
    } else {
      word += char;
      begun = true;
    }
  }
  if (begun) words.push(word);
  return words;
}
