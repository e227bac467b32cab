import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, { steps: { uses?: string; run?: string; with?: Record<string, unknown> }[] }>;
}

const folder = new URL('../../../.github/workflows/', import.meta.url);
const workflows = readdirSync(folder).map((name): [string, Workflow] => [
  name,
  parse(readFileSync(new URL(name, folder), 'utf8')) as Workflow,
]);

describe.each(workflows)('%s', (_, workflow) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('may do no more than it says, by default nothing but read', () => {
    expect(['{}', '{"contents":"read"}']).toContain(JSON.stringify(workflow.permissions));
    expect(workflow.on).not.toHaveProperty('pull_request_target');
  });

  it('uses actions by the hash of their content, and leaves no token behind', () => {
    const used = steps.filter(({ uses }) => uses !== undefined);
    for (const { uses } of used) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    for (const { with: options } of used.filter(({ uses }) => uses?.startsWith('actions/checkout@')))
      expect(options?.['persist-credentials']).toBe(false);
  });

  it('puts no text of an event into a script', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});
