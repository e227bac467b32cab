import { harmless, oneLine } from '../text.ts';

/** Any text on one line of Markdown, shown as it is; in a table `tableRow` does the rest. */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll(/[\\`*[]|~(?=~)|(?<!\w)_|_(?!\w)/g, String.raw`\$&`)
      // What would begin a heading, a quotation or a list.
      .replace(/^[#>+=-]/, String.raw`\$&`)
      .replace(/^(\d{1,9})([.)])/, String.raw`$1\$2`)
  );
}

/** Text of a rule on one line: its `code` stays code, the rest is escaped. */
export function inlineMarkdown(text: string): string {
  return oneLine(text)
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : escapeKeepingSpaces(part)))
    .join('');
}

function escapeKeepingSpaces(part: string): string {
  const text = escapeMarkdown(part);
  return `${part.startsWith(' ') ? ' ' : ''}${text}${text !== '' && part.endsWith(' ') ? ' ' : ''}`;
}

/** Any text as code within a line; the fence is longer than any run of backticks inside. */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  if (line === '') return '';
  const fence = '`'.repeat(longestRun(line, /`+/g) + 1);
  return fence.length === 1 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/** Any text as a block of code, which nothing inside can end. */
export function codeBlock(text: string, language: string): string {
  const shown = harmless(text).replace(/\n+$/, '');
  const fence = '`'.repeat(Math.max(3, longestRun(shown, /`{3,}/g) + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

function longestRun(text: string, runs: RegExp): number {
  let longest = 0;
  for (const [run] of text.matchAll(runs)) longest = Math.max(longest, run.length);
  return longest;
}

/** A row of cells that hold Markdown. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}
