import { severities, type Fix, type Severity } from '../finding.ts';
import {
  isOpen,
  type AuditReport,
  type Finding,
  type Place,
  type RuleInfo,
  type SourceLocation,
} from '../report.ts';
import { count } from '../text.ts';

/** Findings by what a report does with them; each list in the report's order. */
export interface Sections {
  open: Finding[];
  unknown: Finding[];
  passed: Finding[];
  notApplicable: Finding[];
  suppressed: Finding[];
  /** In the baseline. */
  known: Finding[];
}

export function sectionsOf({ findings }: Pick<AuditReport, 'findings'>): Sections {
  const sections: Sections = {
    open: [],
    unknown: [],
    passed: [],
    notApplicable: [],
    suppressed: [],
    known: [],
  };
  for (const finding of findings) {
    if (finding.suppressedBy !== undefined) sections.suppressed.push(finding);
    else if (finding.knownInBaseline === true) sections.known.push(finding);
    else if (isOpen(finding)) sections.open.push(finding);
    else if (finding.status === 'unknown') sections.unknown.push(finding);
    else if (finding.status === 'pass') sections.passed.push(finding);
    else sections.notApplicable.push(finding);
  }
  return sections;
}

/** `1 critical, 2 high, 1 low`; empty: nothing is open. */
export function severityCounts({ counts }: Pick<AuditReport, 'counts'>): string {
  return severities
    .filter((severity) => counts.severity[severity] > 0)
    .map((severity) => `${counts.severity[severity]} ${severity}`)
    .join(', ');
}

/** What is neither open nor passed: `1 could not be looked at, 2 suppressed`. */
export function otherCounts({ counts, baseline }: Pick<AuditReport, 'counts' | 'baseline'>): string[] {
  const { status, suppressed, known } = counts;
  return [
    ...(status.unknown > 0 ? [`${status.unknown} could not be looked at`] : []),
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
    ...(known > 0 ? [`${known} known from the baseline`] : []),
    ...(baseline !== undefined && baseline.gone > 0 ? [`${baseline.gone} of the baseline gone`] : []),
  ];
}

/** `docker-compose.yml:12:5`. */
export function placeText({ path, line, column }: Place): string {
  return `${path}:${line}:${column}`;
}

/**
 * The path as the git repository has it; undefined: the file is not of the project, but on the server or in an image
 * (`server:nginx:/etc/nginx/nginx.conf`).
 */
export function repositoryPath({ subject }: Pick<AuditReport, 'subject'>, path: string): string | undefined {
  if (/^(?:server|image):/.test(path)) return undefined;
  return subject.directory === undefined || subject.directory === '' ? path : `${subject.directory}/${path}`;
}

/** The first place of a finding that is in the repository: its own, or one of its evidence. */
export function placeInRepository(
  report: Pick<AuditReport, 'subject'>,
  { location, evidence }: Pick<Finding, 'location' | 'evidence'>,
): Place | SourceLocation | undefined {
  const places = [location, ...evidence.map((line) => line.location)];
  return places.find((place) => place !== undefined && repositoryPath(report, place.path) !== undefined);
}

/** What it takes until a fix works, as the end of a sentence. */
export const requirement: Readonly<Record<Fix['requires'], string>> = {
  reload: 'a reload; no connection is lost',
  restart: 'a restart of the service',
  recreate: 'a new container of the service',
  rebuild: 'a new image and a new container',
};

export const severityWord: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

/** Rules by id. */
export function rulesOf({ rules }: Pick<AuditReport, 'rules'>): ReadonlyMap<string, RuleInfo> {
  return new Map(rules.map((rule) => [rule.id, rule]));
}

/** `a Compose stack of 3 services (backend, db, nginx)`; of many, the first ones are named. */
export function servicesText({ stack }: Pick<AuditReport, 'stack'>): string {
  const names = stack.services.map(({ name }) => name);
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  return `${count(names.length, 'service')}${names.length === 0 ? '' : ` (${shown.join(', ')})`}`;
}

/** `2 CPUs and 2 GB of memory`; undefined: not known. */
export function machineText({ stack }: Pick<AuditReport, 'stack'>): string | undefined {
  const { machine } = stack;
  return machine && `${count(machine.cpus, 'CPU')} and ${bytesText(machine.memoryBytes)} of memory`;
}

/** `512 MB`, `1.5 GB`; 1 MB is 1024 × 1024 bytes, as Docker and PostgreSQL have it. */
export function bytesText(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  const [value, unit] = megabytes < 1024 ? [megabytes, 'MB'] : [megabytes / 1024, 'GB'];
  return `${Number(value.toFixed(value < 10 ? 1 : 0)).toLocaleString('en')} ${unit}`;
}
