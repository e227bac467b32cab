import { lineWriter } from '../line-writer.ts';
import { styleFor } from '../style.ts';
import { chooseView, type ProgressView, type ViewOptions } from './view.ts';

/** The view for this process: drawn on stderr, so that stdout stays clean for data. */
export async function openView(options: {
  json: boolean;
  verbose: boolean;
  env: Readonly<Record<string, string | undefined>>;
}): Promise<ProgressView> {
  const { isTTY } = process.stderr;
  const writeLine = lineWriter(process.stderr);
  const view: ViewOptions = {
    stream: { write: (text) => writeLine(text.replace(/\n$/, '')) },
    style: styleFor({ isTTY, env: options.env }),
    now: () => performance.now(),
    verbose: options.verbose,
  };
  switch (chooseView({ json: options.json, isTTY, env: options.env })) {
    case 'silent':
      return (await import('./silent-view.ts')).silentView();
    case 'plain':
      return (await import('./plain-view.ts')).plainView(view);
    case 'listr':
      return (await import('./listr-view.ts')).listrView(process.stderr, view.style);
  }
}
