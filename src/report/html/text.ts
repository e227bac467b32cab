import { harmless } from '../../audit/text.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Any text as the content of an element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return harmless(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A sentence whose `code` becomes code; the rest is escaped. */
export function inlineHtml(text: string): string {
  return codeOr(escapeHtml, text);
}

/** A line of Markdown: code, **strong**, links that lead to the web. */
function markdownLine(text: string): string {
  return codeOr(withLinks, text);
}

function codeOr(other: (text: string) => string, text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? `<code>${escapeHtml(part.slice(1, -1))}</code>` : other(part)))
    .join('');
}

function withLinks(text: string): string {
  // Odd parts: [words](address) or <address>; an address is at most as long as a browser takes.
  return text
    .split(/(\[[^[\]\n]{1,300}\]\(https?:\/\/[^\s()<>]{1,2000}\)|<https?:\/\/[^\s<>]{1,2000}>)/)
    .map((part, index) => {
      if (index % 2 === 0) return strong(part);
      const bare = part.slice(1, -1);
      const [, words = bare, address = bare] = /^\[(.*)\]\((.*)\)$/.exec(part) ?? [];
      return link(address, strong(words));
    })
    .join('');
}

function strong(text: string): string {
  return text
    .split(/\*\*([^*\n]+)\*\*/)
    .map((part, index) => (index % 2 === 1 ? `<strong>${escapeHtml(part)}</strong>` : escapeHtml(part)))
    .join('');
}

/** An address that is not one of the web is shown, not linked. `content` is HTML. */
export function link(address: string, content: string): string {
  return /^https?:\/\//.test(address)
    ? `<a href="${escapeHtml(address)}" rel="noreferrer">${content}</a>`
    : content;
}

/** The little Markdown that rules are written in, as HTML: paragraphs, lists, blocks of code. */
export function markdownHtml(markdown: string): string {
  const blocks: string[] = [];
  let paragraph: string[] = [];
  let items: string[] = [];
  let list = 'ul';
  const flush = (): void => {
    if (paragraph.length > 0) blocks.push(`<p>${markdownLine(paragraph.join(' '))}</p>`);
    if (items.length > 0)
      blocks.push(`<${list}>${items.map((item) => `<li>${markdownLine(item)}</li>`).join('')}</${list}>`);
    paragraph = [];
    items = [];
  };
  const lines = markdown.replaceAll('\r\n', '\n').split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    const [, bullet = '', item] = /^\s*([-*]|\d{1,3}[.)])\s+(\S.*)$/.exec(line) ?? [];
    const heading = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
    if (fence !== undefined) {
      flush();
      const end = lines.findIndex((other, at) => at > index && other.trim().startsWith(fence));
      const code = lines.slice(index + 1, end === -1 ? lines.length : end);
      blocks.push(`<pre><code>${escapeHtml(code.join('\n'))}</code></pre>`);
      index = end === -1 ? lines.length : end;
    } else if (line.trim() === '') flush();
    else if (heading !== undefined) {
      flush();
      blocks.push(`<p><strong>${markdownLine(heading)}</strong></p>`);
    } else if (item !== undefined) {
      if (items.length === 0) flush();
      list = /\d/.test(bullet) ? 'ol' : 'ul';
      items.push(item);
    } else if (items.length > 0) items.push(`${items.pop() ?? ''} ${line.trim()}`);
    else paragraph.push(line.trim());
  }
  flush();
  return blocks.join('\n');
}
