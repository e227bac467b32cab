import type { ReleaseView } from '../../observe/history.ts';
import type { PerHost } from '../../observe/hosts.ts';
import { duration } from '../duration.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { probeText } from './probe.ts';
import { lost } from './status.ts';
import { columns } from './table.ts';

const colours = {
  live: 'green',
  failed: 'red',
  restored: 'yellow',
  interrupted: 'yellow',
  unfinished: 'magenta',
} as const satisfies Record<ReleaseView['outcome'], string>;

/** The releases of every host, newest first. */
export function historyReport(
  target: string,
  hosts: readonly PerHost<readonly ReleaseView[]>[],
  style: Style,
): string {
  return hosts
    .map((result) =>
      [
        style('bold', `${sanitizeLine(target)} · ${sanitizeLine(result.host)}`),
        ...('value' in result ? releases(result.value, style) : [lost(result.error, style)]),
      ].join('\n'),
    )
    .join('\n\n');
}

function releases(list: readonly ReleaseView[], style: Style): string[] {
  if (list.length === 0) return ['  No release was made by ops yet.'];
  return columns(
    list.map((release) => [
      `${release.at.slice(0, 16).replace('T', ' ')} UTC`,
      style(colours[release.outcome], release.outcome),
      release.kind,
      release.commit.slice(0, 7),
      release.durationMs === undefined ? '' : duration(release.durationMs),
      release.probe ? probeText(release.probe) : style('dim', 'not measured'),
      sanitizeLine(
        `${release.subject} (${release.by})${release.detail === undefined ? '' : `: ${release.detail}`}`,
      ),
    ]),
  );
}
