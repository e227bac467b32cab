import type * as Sarif from 'sarif';
import type { Severity } from '../finding.ts';
import type { AuditReport, Finding, Place, RuleInfo, SourceLocation } from '../report.ts';
import { cut, oneLine } from '../text.ts';
import { jsonText } from './json.ts';
import { repositoryPath, requirement } from './words.ts';

/** What GitHub takes of one run; it refuses files with more. https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit */
const mostResults = 25_000;
const mostLocations = 1_000;
/** Of a description, in characters. https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning */
const longestDescription = 1_024;

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};
const problemSeverities = { error: 'error', warning: 'warning', note: 'recommendation' } as const;

/**
 * SARIF 2.1.0 for code scanning: one result a finding that failed or could be better, suppressed ones and those of the
 * baseline marked as such; what could not be looked at is a notification of the run.
 */
export function sarifReport(report: AuditReport): string {
  const index = new Map(report.rules.map(({ id }, position) => [id, position]));
  const results = report.findings
    .filter(({ status }) => status === 'fail' || status === 'opportunity')
    .slice(0, mostResults);
  const log: Sarif.Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            rules: report.rules.map(descriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            endTimeUtc: report.at,
            toolExecutionNotifications: notifications(report),
          },
        ],
        results: results.map((finding) => result(finding, report, index)),
      },
    ],
  };
  return jsonText(log);
}

function descriptor(rule: RuleInfo): Sarif.ReportingDescriptor {
  const { id, category, severity, cause, title, why, references, docUrl } = rule;
  const level = levels[severity];
  const links = references.map((reference) => `- <${reference}>`).join('\n');
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: cut(title.fail, longestDescription) },
    fullDescription: { text: cut(oneLine(why), longestDescription) },
    help: { text: why, markdown: links === '' ? why : `${why}\n\n${links}` },
    // A relative address means nothing to a reader of the log.
    ...(URL.canParse(docUrl) ? { helpUri: docUrl } : {}),
    defaultConfiguration: { level },
    properties: {
      tags: ['docker-compose', category, ...(cause === undefined ? [] : [`cause-${cause}`])],
      'problem.severity': problemSeverities[level],
    },
  };
}

/** `app-single-worker` as SARIF wants names: `AppSingleWorker`. */
function pascalCase(id: string): string {
  return id.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function result(finding: Finding, report: AuditReport, index: ReadonlyMap<string, number>): Sarif.Result {
  const { rule, status, severity, fingerprint, suppressedBy } = finding;
  const related = relatedLocations(finding, report);
  const ruleIndex = index.get(rule);
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: status === 'opportunity' ? 'note' : levels[severity],
    message: { text: messageText(finding) },
    locations: [location(finding, report)],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { primaryLocationLineHash: fingerprint },
    ...(suppressedBy === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: 'inSource',
              justification: suppressedBy.reason,
              ...(suppressedBy.location === undefined
                ? {}
                : { location: { physicalLocation: physical(suppressedBy.location, report) } }),
            },
          ],
        }),
    ...(report.baseline === undefined
      ? {}
      : { baselineState: finding.knownInBaseline === true ? 'unchanged' : 'new' }),
    properties: { severity, status, subject: finding.subject, confidence: finding.confidence },
  };
}

/** The places of the evidence; the schema wants each only once. */
function relatedLocations({ evidence }: Finding, report: AuditReport): Sarif.Location[] {
  const unique = new Map<string, Sarif.Location>();
  for (const { location: place, text } of evidence) {
    if (place === undefined) continue;
    const item = { physicalLocation: physical(place, report), message: { text: oneLine(text) } };
    unique.set(JSON.stringify(item), item);
  }
  // One more is the place of the finding itself.
  return [...unique.values()].slice(0, mostLocations - 1);
}

function messageText({ subject, message, current, expected, fix }: Finding): string {
  return [
    `${oneLine(subject)}: ${oneLine(message)}`,
    ...(current === undefined ? [] : [`Now: ${oneLine(current)}.`]),
    ...(expected === undefined ? [] : [`Expected: ${oneLine(expected)}.`]),
    ...(fix === undefined ? [] : [`Fix: ${oneLine(fix.title)}. It takes ${requirement[fix.requires]}.`]),
  ].join('\n');
}

/** GitHub drops a result without a place: what was only seen on the server is told at the first Compose file. */
function location(finding: Finding, report: AuditReport): Sarif.Location {
  const place: Place | SourceLocation = finding.location ??
    finding.evidence.find((line) => line.location !== undefined)?.location ?? {
      path: report.stack.composeFiles[0] ?? 'compose.yaml',
      line: 1,
      column: 1,
    };
  return {
    physicalLocation: physical(place, report),
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

function physical(place: Place | SourceLocation, report: AuditReport): Sarif.PhysicalLocation {
  return {
    artifactLocation: { uri: pathUri(repositoryPath(report, place.path)), uriBaseId: '%SRCROOT%' },
    region: {
      startLine: place.line,
      startColumn: place.column,
      ...('endLine' in place ? { endLine: place.endLine, endColumn: place.endColumn } : {}),
    },
  };
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

function notifications(report: AuditReport): Sarif.Notification[] {
  return [
    ...report.findings
      .filter(({ status, suppressedBy }) => status === 'unknown' && suppressedBy === undefined)
      .map((finding): Sarif.Notification => ({
        level: 'warning',
        associatedRule: { id: finding.rule },
        message: { text: `Could not be looked at: ${messageText(finding)}` },
        ...(finding.location === undefined
          ? {}
          : { locations: [{ physicalLocation: physical(finding.location, report) }] }),
      })),
    ...report.problems.map(({ path, line, column, message }): Sarif.Notification => ({
      level: 'warning',
      message: { text: oneLine(message) },
      locations: [{ physicalLocation: physical({ path, line: line ?? 1, column: column ?? 1 }, report) }],
    })),
  ];
}
