import type { OpsError } from '../../errors.ts';
import type { HostStatus, ServiceStatus } from '../../observe/status.ts';
import type { PerHost } from '../../observe/hosts.ts';
import type { ReleaseView } from '../../observe/history.ts';
import { duration } from '../duration.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { probeText } from './probe.ts';
import { columns } from './table.ts';

/** One screen: a section a host. */
export function statusReport(target: string, hosts: readonly PerHost<HostStatus>[], style: Style): string {
  return hosts
    .map((result) =>
      [
        style('bold', `${sanitizeLine(target)} · ${sanitizeLine(result.host)}`),
        ...('value' in result ? hostLines(result.value, style) : [lost(result.error, style)]),
      ].join('\n'),
    )
    .join('\n\n');
}

/** The line that stands for a host that could not be looked at. */
export function lost(error: OpsError, style: Style): string {
  return `  ${style('red', '✖')} ${sanitizeLine(error.message)}`;
}

function hostLines(status: HostStatus, style: Style): string[] {
  const { release, unfinished, checkout, lock, rolledBack, pins, problems } = status;
  const facts: string[][] = [
    ['release', release ? releaseText(release) : style('dim', 'none made by ops yet')],
    ...(release?.probe ? [['measured', probeText(release.probe)]] : []),
    ...(checkout ? [['checkout', checkoutText(checkout, release)]] : []),
    ['engine', `Docker ${status.docker}, Compose ${status.compose}`],
    ['lock', lockText(status)],
    ...(unfinished && lock.state === 'free'
      ? [['unfinished', style('yellow', `${releaseText(unfinished)}; the next deploy recovers from it`)]]
      : []),
    ...(rolledBack.length > 0
      ? [['rolled back', rolledBack.map((commit) => commit.slice(0, 7)).join(', ')]]
      : []),
    ...(pins > 0 ? [['proxy', style('yellow', `${pins} addresses of a deploy are still pinned`)]] : []),
    ...problems.map((problem) => ['problem', style('red', sanitizeLine(problem))]),
  ];
  const named = facts.map(([name = '', text = '']) => [style('dim', name), text]);
  return [...columns(named), '', ...columns(status.services.map((service) => serviceRow(service, style)))];
}

function releaseText({ id, commit, subject, by, at, kind }: ReleaseView): string {
  const what = kind === 'rollback' ? 'rollback, ' : '';
  return sanitizeLine(
    `${id}  ${commit.slice(0, 7)} ${subject}  (${what}${at.slice(0, 16).replace('T', ' ')} UTC by ${by})`,
  );
}

function checkoutText(
  { commit, branch, changes }: NonNullable<HostStatus['checkout']>,
  release?: ReleaseView,
): string {
  const where = `${commit.slice(0, 7)}${branch === undefined ? ' (no branch)' : ` on ${branch}`}`;
  const remarks = [
    ...(release && release.commit !== commit ? ['not the release'] : []),
    ...(changes > 0 ? [`${changes} local changes`] : []),
  ];
  return sanitizeLine([where, ...remarks].join(', '));
}

function lockText({ lock }: HostStatus): string {
  if (lock.state === 'free') return 'free';
  const silent = `last heard from ${duration(lock.silentSeconds * 1000)} ago`;
  return lock.owner
    ? sanitizeLine(
        `held by ${lock.owner.by} since ${lock.owner.at.slice(0, 16).replace('T', ' ')} UTC: ${lock.owner.what} (${silent})`,
      )
    : `held by nobody known (${silent})`;
}

function serviceRow(service: ServiceStatus, style: Style): string[] {
  const { ok, running, wanted, state, upSeconds, restarts } = service;
  return [
    style(ok ? 'green' : 'red', ok ? '●' : '✖'),
    sanitizeLine(service.service) + (service.proxy ? style('dim', ' (proxy)') : ''),
    `${running}/${wanted}`,
    sanitizeLine(state),
    upSeconds === undefined ? '' : `up ${duration(upSeconds * 1000)}`,
    restarts > 0 ? style('yellow', `${restarts} restarts`) : '',
    style('dim', sanitizeLine(`${service.image} ${service.imageId}`)),
  ];
}
