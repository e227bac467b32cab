import { describe, expect, it } from 'vitest';
import { width } from '../../../../src/cli/reports/table.ts';
import { tuneData, tuneReport, type TuneReport } from '../../../../src/cli/reports/tune.ts';
import { styleFor } from '../../../../src/cli/style.ts';
import { namedServices } from '../../../../src/cli/tune-input.ts';
import { solve } from '../../../../src/tune/solve.ts';

const plain = styleFor({ env: { NO_COLOR: '1' } });

function report(memoryGb: number, unseen: readonly string[] = []): TuneReport {
  const source = namedServices(['nginx', 'api=app', 'db=postgres:17'], {
    machine: { cpus: 2, memoryBytes: memoryGb * 1024 ** 3 },
  });
  return { ...source, unseen, plan: solve(source.input) };
}

describe('the report of tune', () => {
  const text = tuneReport(report(4, ['logs: Docker does not answer']), plain, { width: 100 });

  it('has a section a service: value, arithmetic, source', () => {
    expect(text.split('\n').slice(0, 6)).toEqual([
      'services · 2 CPUs, 4 GB, ssd · web · pgtune',
      '',
      'nginx',
      '  worker_processes    1     1 CPU of the container; `auto` counts those of the machine [1]',
      '  worker_connections  1024  1024 for each 4 GB of memory, from 512 to 4096, as far as their buffers',
      '                            fit; two of them a request, so 512 requests at once [2]',
    ]);
    expect(text).toContain('  workers       4     min(2 × 2 CPUs, 12) = 4 [');
    expect(text).toContain('4 GB − 1 GB system − 128 MB nginx − 2 × 752 MB api\n');
  });

  it('ends with assumptions, what is not known, and sources', () => {
    expect(text).toContain('\nNotes\n  · The system keeps 1 GB of 4 GB');
    expect(text).toContain('\nNot known\n  · logs: Docker does not answer\n');
    expect(text).toContain('\nSources\n  [1] https://nginx.org/');
  });

  it('fits the terminal', () => {
    for (const columns of [60, 80, 120]) {
      const lines = tuneReport(report(4), plain, { width: columns }).split('\n');
      const beforeSources = lines.slice(0, lines.indexOf('Sources'));
      expect(beforeSources.filter((line) => width(line) > Math.max(columns, 70))).toEqual([]);
    }
  });

  it('says what cannot be, and what would help', () => {
    const refused = tuneReport(report(0.25), plain, { width: 200 });
    expect(refused).toContain('  ✖ These services need at least 927 MB');
    expect(refused).toContain('\n  → Take a machine with 1 GB of memory.\n');
  });

  it('has the plan as data', () => {
    expect(tuneData(report(4))).toMatchObject({
      subject: 'services',
      machine: { cpus: 2 },
      plan: { feasible: true },
      unseen: [],
    });
  });

  it.each([
    [['app=x'], 'app=x makes no sense'],
    [['app', 'app'], 'two services app'],
  ])('%j is refused', (specs, message) => {
    expect(() => namedServices(specs, { machine: { cpus: 1, memoryBytes: 1024 ** 3 } })).toThrow(message);
  });

  it('wants a machine', () => {
    expect(() => namedServices(['app'], { machine: {} })).toThrow(
      'memory and CPUs of the machine are not known',
    );
  });
});
