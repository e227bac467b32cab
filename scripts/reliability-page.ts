import type { Figure, Result, Results } from '../test/support/faults/results.ts';
import { markdownTable } from './markdown-table.ts';

const words: Record<NonNullable<Result['ended']>, string> = {
  live: 'new release live',
  unsaid: 'new release live',
  restored: 'previous release put back',
  failed: 'stopped before traffic moved',
  interrupted: 'previous release put back',
  unfinished: 'recovered by the next deploy',
  refused: 'nothing begun',
};

const intro = `# What happens when something breaks

Made by \`npm run generate\` from what \`npm run test:faults\` found. The tests run \`ops\` on sandbox servers (real sshd, git, Docker, nginx, gunicorn, PostgreSQL) under constant load: pages, and orders that take up to 1.5 s and carry an id that the client gives. Each row is one fault at one moment of one command. After each of them all of this is asserted:

1. The site answered all the while. A request may fail only where the fault itself stops what serves, or where downtime was announced and agreed to; the last column then says so.
2. No confirmed order is lost, none was handled twice.
3. The exit code is the right one, and the message names the host, the step and what to do next; no stack trace.
4. The ledger calls live what is checked out and runs.
5. The next \`ops deploy\` succeeds without help. (Where a person has to answer first, it is given that answer: \`--force\`, \`--stash\`, a mended commit.)
6. Then nothing is left: no lock, temporary file, extra container, line in \`/etc/hosts\`, process or half-written record.

"Recovered by the next deploy" means that the command could not end what it began (its client was killed, the server went away for good): the site serves in the meantime, and the next command finds out and cleans up.

A row is here once its fault was run; \`test/faults/cells/\` has all of them, also those that nobody has run yet.
`;

function cellsTable(cells: readonly Result[]): string {
  return markdownTable(
    ['fault', 'at', 'command', 'ended', 'exit code', 'failed requests', 'why any may fail'],
    cells.map(({ fault, at, command, ended, code, requests, failed, outage, problem }) => [
      fault,
      at,
      `\`${command}\``,
      problem === undefined && ended !== undefined
        ? words[ended]
        : `**FAILED**: ${problem ?? 'did not run to its end'}`,
      code === undefined ? '' : code === null ? 'signal' : String(code),
      failed === undefined || requests === undefined
        ? ''
        : `${failed.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')}`,
      outage ?? '',
    ]),
  );
}

function figuresTable(figures: readonly Figure[]): string {
  return markdownTable(
    ['what', 'found'],
    figures.map(({ what, found, problem }) => [
      what,
      problem === undefined ? found : `**FAILED**: ${problem}`,
    ]),
  );
}

/** docs/reliability.md, of the newest result of each fault test. */
export function reliabilityPage({ cells, figures }: Results): string {
  const bad = [...cells, ...figures].filter(({ problem }) => problem !== undefined);
  const quiet = cells.filter(({ outage }) => outage === undefined);
  const sum = (key: 'requests' | 'failed', of: readonly Result[]): string =>
    of.reduce((total, cell) => total + (cell[key] ?? 0), 0).toLocaleString('en-US');
  const days = [...cells, ...figures].map(({ on }) => on).toSorted();
  const summary = [
    `${cells.length} faults, ${cells.length - cells.filter(({ problem }) => problem !== undefined).length} as they should be${bad.length === 0 ? '' : `; **${bad.length} results failed**`}.`,
    `${quiet.length} of them may fail no request: ${sum('failed', quiet)} of ${sum('requests', quiet)} failed.`,
    ...(days.length === 0 ? [] : [`Run on ${[...new Set([days[0], days.at(-1)])].join(' to ')}.`]),
  ].join(' ');
  const groups = [...new Set(cells.map(({ group }) => group))].map(
    (group) => `## ${capital(group)}\n\n${cellsTable(cells.filter((cell) => cell.group === group))}`,
  );
  const more = [...new Set(figures.map(({ group }) => group))].map(
    (group) => `## ${capital(group)}\n\n${figuresTable(figures.filter((figure) => figure.group === group))}`,
  );
  return `${[intro.trimEnd(), summary, ...groups, ...more].join('\n\n')}\n`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
