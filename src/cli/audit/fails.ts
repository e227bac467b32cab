import { severities, type Severity } from '../../audit/finding.ts';
import { isOpen, type AuditReport } from '../../audit/report.ts';

/** Whether a report fails at `--fail-on`. An opportunity is nothing wrong: it never does. */
export function failsAt({ findings }: Pick<AuditReport, 'findings'>, mildest: Severity | 'none'): boolean {
  if (mildest === 'none') return false;
  return findings.some(
    (finding) =>
      finding.status === 'fail' &&
      isOpen(finding) &&
      severities.indexOf(finding.severity) <= severities.indexOf(mildest),
  );
}
