import type { ProgressEvent } from '../../plan/progress.ts';
import type { StageName } from '../../plan/step.ts';
import { duration } from '../duration.ts';
import { sanitizeLine } from '../sanitize.ts';
import { stageTitles } from './stage-titles.ts';
import type { ProgressView, ViewOptions } from './view.ts';

/** Output of a quick step is kept until it fails; this many last lines are then shown. */
const failureLines = 20;
/** Stages whose output is worth reading while it comes. */
const streamed: ReadonlySet<StageName> = new Set(['build', 'release']);

/**
 * One line an event, for CI logs and files: `   2.4s [web1] ✔ Fetch main (310 ms)`.
 * Output of builds and migrations is streamed; that of other steps is shown when they fail, or with `verbose`.
 */
export function plainView({ stream, style, now, verbose }: ViewOptions): ProgressView {
  const started = now();
  const titles = new Map<string, string>();
  const kept = new Map<string, string[]>();
  let showedFailure = false;

  const line = (host: string | undefined, text: string): unknown => {
    const offset = `${((now() - started) / 1000).toFixed(1)}s`.padStart(7);
    const prefix = host === undefined ? '' : `${style('cyan', `[${sanitizeLine(host)}]`)} `;
    return stream.write(`${style('dim', offset)} ${prefix}${text}\n`);
  };
  const output = (host: string, text: string): unknown => {
    return line(host, `${style('dim', '│')} ${text}`);
  };
  const key = (event: { host: string; stage: StageName; id: string }): string =>
    `${event.host}\0${event.stage}\0${event.id}`;

  const progress = (event: ProgressEvent): unknown => {
    switch (event.type) {
      case 'stageStarted':
        for (const { id, title } of event.steps) titles.set(key({ ...event, id }), sanitizeLine(title));
        line(event.host, style('bold', `== ${stageTitles[event.stage]}`));
        break;
      case 'stageFinished': {
        const title = stageTitles[event.stage];
        const text = event.ok ? `== ${title}: done` : `== ${title}: failed`;
        line(
          event.host,
          `${style(event.ok ? 'bold' : ['bold', 'red'], text)} (${duration(event.durationMs)})`,
        );
        break;
      }
      case 'stepStarted':
        titles.set(key(event), sanitizeLine(event.title));
        line(event.host, `${style('dim', '…')} ${sanitizeLine(event.title)}`);
        break;
      case 'stepOutput': {
        const text = sanitizeLine(event.line);
        if (verbose || streamed.has(event.stage)) {
          return output(event.host, text);
        }
        const lines = kept.get(key(event)) ?? [];
        lines.push(text);
        if (lines.length > failureLines) lines.shift();
        kept.set(key(event), lines);
        break;
      }
      case 'stepDone': {
        const note = event.note === undefined ? '' : `: ${sanitizeLine(event.note)}`;
        const title = titles.get(key(event)) ?? event.id;
        line(event.host, `${style('green', '✔')} ${title}${note} (${duration(event.durationMs)})`);
        kept.delete(key(event));
        break;
      }
      case 'stepFailed': {
        showedFailure = true;
        for (const text of kept.get(key(event)) ?? []) output(event.host, text);
        kept.delete(key(event));
        const title = titles.get(key(event)) ?? event.id;
        line(
          event.host,
          `${style('red', '✖')} ${title}: ${sanitizeLine(event.message)} (${duration(event.durationMs)})`,
        );
        break;
      }
      case 'note': {
        const text = sanitizeLine(event.text);
        line(
          event.host,
          event.level === 'info'
            ? text
            : style(
                event.level === 'warn' ? 'yellow' : 'red',
                `${event.level === 'warn' ? 'warning' : 'error'}: ${text}`,
              ),
        );
        break;
      }
      case 'status':
        line(event.host, sanitizeLine(event.text));
        break;
    }
    return undefined;
  };

  return {
    progress,
    get showedFailure() {
      return showedFailure;
    },
    suspend: async (work) => await work(),
    close: async () => {},
  };
}
