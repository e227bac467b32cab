import { severities } from '../src/audit/finding.ts';
import type { Category, Rule } from '../src/audit/rule.ts';
import { markdownTable } from './markdown-table.ts';

/** Where the pages lie; none but generated ones. */
export const rulesFolder = 'docs/rules';

const categories: Readonly<Record<Category, string>> = {
  app: 'App server',
  proxy: 'Proxy',
  database: 'Database',
  resources: 'Memory and CPUs',
  operations: 'Operations',
};

/** A page a rule and an index of them all, by path. */
export function rulesPages(rules: readonly Rule[]): Record<string, string> {
  const known = new Set(rules.map(({ id }) => id));
  return {
    [`${rulesFolder}/README.md`]: indexPage(rules),
    ...Object.fromEntries(rules.map((rule) => [`${rulesFolder}/${rule.id}.md`, rulePage(rule, known)])),
  };
}

function indexPage(rules: readonly Rule[]): string {
  const sections = Object.entries(categories).flatMap(([category, name]) => {
    const own = rules.filter((rule) => rule.category === category).toSorted(bySeverity);
    if (own.length === 0) return [];
    const rows = own.map(({ id, severity, cause, title }) => [
      `[${id}](${id}.md)`,
      severity,
      cause === undefined ? '' : String(cause),
      title.fail,
    ]);
    return ['', `## ${name}`, '', markdownTable(['rule', 'severity', 'cause', 'when it fails'], rows)];
  });
  return [
    '# Rules of `ops audit`',
    '',
    `${rules.length} rules. A number under “cause” is that of one of the eight causes that most often make a Compose stack slow. A severity may be lower for a stack where it matters less.`,
    ...sections,
    '',
    '<!-- Made from src/audit/registry.ts by `npm run generate`. -->',
    '',
  ].join('\n');
}

function bySeverity(one: Rule, other: Rule): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    (one.cause ?? Infinity) - (other.cause ?? Infinity) ||
    (one.id < other.id ? -1 : 1)
  );
}

function rulePage(rule: Rule, known: ReadonlySet<string>): string {
  const { id, category, severity, cause, title, why, example, references, dependsOn, conflictsWith } = rule;
  const facts = [
    `severity **${severity}**`,
    `category ${category}`,
    ...(cause === undefined ? [] : [`cause ${cause} of the eight`]),
  ];
  const link = (other: string): string => (known.has(other) ? `[${other}](${other}.md)` : `\`${other}\``);
  const coupled = [
    ...(dependsOn === undefined || dependsOn.length === 0
      ? []
      : [`Its fix goes in together with that of ${dependsOn.map(link).join(', ')}.`]),
    ...(conflictsWith === undefined || conflictsWith.length === 0
      ? []
      : [`Its fix does not go together with that of ${conflictsWith.map(link).join(', ')}.`]),
  ];
  const lines = [
    `# ${id}`,
    '',
    `${title.fail}.`,
    '',
    facts.join(' · '),
    '',
    '## Why',
    '',
    why,
    ...(example === undefined
      ? []
      : [
          '',
          '## Example',
          '',
          'Fails:',
          '',
          ...codeBlock(example.language, example.bad),
          '',
          'Passes:',
          '',
          ...codeBlock(example.language, example.good),
        ]),
    ...(coupled.length === 0 ? [] : ['', '## Fix', '', coupled.join(' ')]),
    '',
    '## Ignore it',
    '',
    'On the line that is found or alone above it, with a reason:',
    '',
    ...codeBlock('text', `# ops-ignore ${id} why it is right here`),
    ...(references.length === 0 ? [] : ['', '## References', '', ...references.map(reference)]),
    '',
    `<!-- Made from src/audit/rules/${id}.ts by \`npm run generate\`. -->`,
    '',
  ];
  return lines.join('\n');
}

function codeBlock(language: string, text: string): string[] {
  return [`\`\`\`${language}`, text.trimEnd(), '```'];
}

/** An address becomes a link, other words stay as they are. */
function reference(text: string): string {
  return /^https?:\/\/\S+$/.test(text) ? `- <${text}>` : `- ${text}`;
}
