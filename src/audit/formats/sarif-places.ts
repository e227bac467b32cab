import type * as Sarif from 'sarif';
import type { AuditReport, Finding, Place, SourceLocation } from '../report.ts';
import { oneLine } from '../text.ts';
import { placeInRepository, repositoryPath } from './words.ts';

/** Of one result; GitHub refuses files with more. https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit */
const mostLocations = 1_000;

/** GitHub drops a result without a place: what is not in the repository is told at the first Compose file. */
export function mainLocation(finding: Finding, report: AuditReport): Sarif.Location {
  const place = placeInRepository(report, finding) ?? firstFile(report);
  const physicalLocation = physical(place, report);
  return {
    ...(physicalLocation === undefined ? {} : { physicalLocation }),
    logicalLocations: [
      {
        name: oneLine(finding.subject),
        ...(report.subject.host === undefined
          ? {}
          : { fullyQualifiedName: oneLine(`${report.subject.host}/${finding.subject}`) }),
      },
    ],
  };
}

function firstFile({ stack }: AuditReport): Place {
  return { path: stack.composeFiles[0] ?? 'compose.yaml', line: 1, column: 1 };
}

/** Undefined: not in the repository; GitHub refuses addresses of other kinds. */
function physical(
  place: Place | SourceLocation | undefined,
  report: AuditReport,
): Sarif.PhysicalLocation | undefined {
  const path = place && repositoryPath(report, place.path);
  if (place === undefined || path === undefined) return undefined;
  return {
    artifactLocation: { uri: pathUri(path), uriBaseId: '%SRCROOT%' },
    region: {
      startLine: place.line,
      startColumn: place.column,
      ...('endLine' in place ? { endLine: place.endLine, endColumn: place.endColumn } : {}),
    },
  };
}

/** One location in a list, or none. */
export function listed(place: Place | SourceLocation | undefined, report: AuditReport): Sarif.Location[] {
  const physicalLocation = physical(place, report);
  return physicalLocation === undefined ? [] : [{ physicalLocation }];
}

/** A relative path as a relative URI: each segment percent-encoded. */
function pathUri(path: string): string {
  return path
    .toWellFormed()
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => encodeURIComponent(segment))
    .join('/');
}

/** The places of the evidence; the schema wants each only once. */
export function relatedLocations({ evidence }: Finding, report: AuditReport): Sarif.Location[] {
  const unique = new Map<string, Sarif.Location>();
  for (const { location, text } of evidence) {
    const physicalLocation = physical(location, report);
    if (physicalLocation === undefined) continue;
    const item = { physicalLocation, message: { text: oneLine(text) } };
    unique.set(JSON.stringify(item), item);
  }
  // One more is the place of the finding itself.
  return [...unique.values()].slice(0, mostLocations - 1);
}
