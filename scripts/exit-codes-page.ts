import { bySeverity, exitCodes } from '../src/exit-codes.ts';

/** docs/exit-codes.md, made from the one table of exit codes. */
export function exitCodesPage(): string {
  const rows = Object.entries(exitCodes).map(
    ([reason, { code, meaning }]) => `| ${code} | \`${reason}\` | ${meaning} |`,
  );
  return [
    '# Exit codes',
    '',
    'Scripts and CI jobs may rely on these numbers. With `--json` the object on stdout holds them too:',
    '`exitCode` is the number, `reason` the word.',
    '',
    '| code | reason | meaning |',
    '| ---: | --- | --- |',
    ...rows,
    '',
    'With several failures (one a host) the code is that of the failure that needs most attention:',
    `${bySeverity.map((reason) => exitCodes[reason].code).join(', ')}, in this order.`,
    '',
    '`ops exec` ends with the code of the command that it ran, as `docker exec` does; `reason` is then `ok` for 0 and',
    '`unchanged` for any other, which says nothing of what the command itself has changed.',
    '',
    '<!-- Made from src/exit-codes.ts by `npm run generate`. -->',
    '',
  ].join('\n');
}
