import { describe, expect, it } from 'vitest';
import { assess } from '../../../../src/audit/assess.ts';
import { rules } from '../../../../src/audit/registry.ts';
import { isOpen } from '../../../../src/audit/report.ts';
import { causes, replaceAll } from '../../../../src/bench/sample/causes.ts';
import { readTree } from '../../../../src/sandbox/files.ts';
import { variantDirectory, type Variant } from '../../../../src/sandbox/app.ts';
import { filesOf } from '../../../../src/source/files.ts';
import { buildStack } from '../../../../src/stack/build.ts';
import { planOf } from '../../../../src/tune/plan-of.ts';

const paths = ['docker-compose.prod.yml'];

function textsOf(variant: Variant): Map<string, string> {
  return new Map(
    readTree(variantDirectory(variant)).flatMap(({ path, content }) =>
      content === undefined ? [] : [[path, Buffer.from(content).toString('utf8')]],
    ),
  );
}

/** The numbers of the causes that an audit finds. */
function found(texts: ReadonlyMap<string, string>): number[] {
  const stack = buildStack({ files: filesOf(texts), compose: { paths, env: {} } });
  const open = assess(stack, rules, planOf).findings.filter(
    ({ finding, rule }) => rule.cause !== undefined && isOpen(finding) && finding.severity !== 'info',
  );
  return [...new Set(open.map(({ rule }) => rule.cause ?? 0))].toSorted((one, other) => one - other);
}

const all = causes.map(({ number }) => number);

describe('one cause at a time', () => {
  it.each(causes)('$number, $name: alone mended in `before`', ({ number, fix }) => {
    // With 512 MB for the database, PostgreSQL's default for shared_buffers is right: what 5 mends, 6 has no more.
    const mended = number === 5 ? [5, 6] : [number];
    expect(found(replaceAll(textsOf('before'), fix))).toEqual(all.filter((one) => !mended.includes(one)));
  });

  it.each(causes)('$number, $name: alone brought back in `after`', ({ number, unfix }) => {
    // The default of 128 MB for shared_buffers is a quarter of what the database has there.
    expect(found(replaceAll(textsOf('after'), unfix))).toEqual(number === 6 ? [] : [number]);
  });

  it('says when the app is not what it was', () => {
    expect(() => replaceAll(new Map([['a', 'x x']]), [{ path: 'a', from: 'x', to: 'y' }])).toThrow(
      /a has 2 of 1/,
    );
  });
});
