import { escapeHtml } from './text.ts';

export interface Page {
  title: string;
  /** Lines of CSS. */
  style: string;
  /** HTML. */
  body: readonly string[];
}

/** One page that needs nothing else: no network, no script. */
export function htmlPage({ title, style, body }: Page): string {
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // Nothing may be loaded, whatever a text of the report says.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>\n${style}\n</style>`,
    '</head>',
    '<body>',
    ...body,
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}
