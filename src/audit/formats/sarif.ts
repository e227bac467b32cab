import type * as Sarif from 'sarif';
import type { Severity } from '../finding.ts';
import type { AuditReport, Finding, RuleInfo, Suppression } from '../report.ts';
import { cut, oneLine } from '../text.ts';
import { jsonText } from './json.ts';
import { listed, mainLocation, relatedLocations } from './sarif-places.ts';
import { placeText, requirement } from './words.ts';

/** What GitHub takes of one run; it refuses files with more. https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit */
const mostResults = 25_000;
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
    message: { text: messageText(finding, report) },
    locations: [mainLocation(finding, report)],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { primaryLocationLineHash: fingerprint },
    ...(suppressedBy === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: 'inSource',
              justification: suppressedBy.reason,
              ...suppressedAt(suppressedBy, report),
            },
          ],
        }),
    ...(report.baseline === undefined
      ? {}
      : { baselineState: finding.knownInBaseline === true ? 'unchanged' : 'new' }),
    properties: { severity, status, subject: finding.subject, confidence: finding.confidence },
  };
}

function suppressedAt({ location }: Suppression, report: AuditReport): Pick<Sarif.Suppression, 'location'> {
  const [place] = listed(location, report);
  return place === undefined ? {} : { location: place };
}

function messageText(
  { subject, message, location, current, expected, fix }: Finding,
  report: AuditReport,
): string {
  // What is not in the repository cannot be linked; it is named.
  const elsewhere = location !== undefined && listed(location, report).length === 0;
  return [
    [oneLine(subject), oneLine(message)].filter((part) => part !== '').join(': '),
    ...(elsewhere ? [`At ${oneLine(placeText(location))}.`] : []),
    ...(current === undefined ? [] : [`Now: ${oneLine(current)}.`]),
    ...(expected === undefined ? [] : [`Expected: ${oneLine(expected)}.`]),
    ...(fix === undefined ? [] : [`Fix: ${oneLine(fix.title)}. It takes ${requirement[fix.requires]}.`]),
  ].join('\n');
}

function notifications(report: AuditReport): Sarif.Notification[] {
  return [
    ...report.findings
      .filter(({ status, suppressedBy }) => status === 'unknown' && suppressedBy === undefined)
      .map((finding): Sarif.Notification => ({
        level: 'warning',
        associatedRule: { id: finding.rule },
        message: { text: `Could not be looked at: ${messageText(finding, report)}` },
        locations: listed(finding.location, report),
      })),
    ...report.problems.map(({ path, line, column, message }): Sarif.Notification => ({
      level: 'warning',
      message: { text: `${oneLine(path)}: ${oneLine(message)}` },
      locations: listed({ path, line: line ?? 1, column: column ?? 1 }, report),
    })),
  ];
}
