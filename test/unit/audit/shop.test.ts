import { describe, expect, it } from 'vitest';
import { assess } from '../../../src/audit/assess.ts';
import { severities } from '../../../src/audit/finding.ts';
import { rules } from '../../../src/audit/registry.ts';
import { isOpen } from '../../../src/audit/report.ts';
import { readDirectory } from '../../../src/gather/directory.ts';
import { variantDirectory, type Variant } from '../../../src/sandbox/app.ts';
import { buildStack } from '../../../src/stack/build.ts';
import { planOf } from '../../../src/tune/plan-of.ts';

/** Findings at medium or above: cause, place, and the text that stands there. */
async function grave(variant: Variant): Promise<string[]> {
  const files = await readDirectory(variantDirectory(variant));
  const stack = buildStack({ files, compose: { paths: ['docker-compose.prod.yml'], env: {} } });
  return assess(stack, rules, planOf)
    .findings.filter(
      ({ finding }) =>
        isOpen(finding) && severities.indexOf(finding.severity) <= severities.indexOf('medium'),
    )
    .map(({ rule, verdict, finding }) => {
      const { at } = verdict;
      const text = at ? (files.read(at.path) ?? '').slice(at.start, at.end).split('\n')[0] : '';
      return `${rule.cause ?? '-'} ${finding.location?.path}:${finding.location?.line} ${text}`;
    })
    .toSorted();
}

describe('the sample app', () => {
  it('has exactly the eight causes, each at its line', async () => {
    expect(await grave('before')).toEqual([
      '1 backend/Dockerfile:14 CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]',
      '2 nginx/nginx.conf:19 proxy_pass http://backend:8000;',
      '3 nginx/nginx.conf:18 location / {',
      '4 backend/database.py:7 create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)',
      '5 docker-compose.prod.yml:10 db',
      '5 docker-compose.prod.yml:29 backend',
      '6 docker-compose.prod.yml:10 db',
      '7 nginx/nginx.conf:24 proxy_send_timeout 300s;',
      '8 nginx/nginx.conf:19 proxy_pass http://backend:8000;',
    ]);
  });

  it('has none of them as it should be', async () => {
    expect(await grave('after')).toEqual([]);
  });
});
