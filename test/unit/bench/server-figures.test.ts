import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSamples } from '../../../src/bench/server-figures.ts';

/** What the script printed on a server with cgroup v1, little going on. */
const quiet = readFileSync(new URL('../../fixtures/bench/samples-v1.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

const head = ['cpus 4', 'ticks 100', 'container 0 - 100000 9223372036854771712 web', 'ready'];
const machine = (busy: number, idle: number): string => `cpu=${busy},0,0,${idle},0,0,0,0`;

describe('what a server did while a run went on', () => {
  it('reads what a real server printed', () => {
    const figures = parseSamples(quiet, 'web-1');
    expect(figures).toMatchObject({
      host: 'web-1',
      cpus: 2,
      shared: true,
      databaseConnections: { mean: 4, max: 4, limit: 97 },
    });
    expect(figures?.cpuShare).toBeCloseTo(135 / (135 + 597 + 0), 1);
    expect(Object.keys(figures?.services ?? {})).toEqual(['backend', 'nginx', 'db']);
    expect(figures?.services['backend']).toMatchObject({
      cpuLimit: 1.5,
      memoryLimitBytes: 1_073_741_824,
      throttled: 0,
      memoryBytes: 214_007_808 - 425_984,
    });
    expect(figures?.services['backend']?.cpu).toBeCloseTo((62_002_523 - 61_936_449) / 1e6 / 3.73, 6);
    expect(figures?.services['backend']?.busiestProcess).toBeCloseTo(0.01 / 3.73, 6);
    expect(figures?.samples.map(({ second }) => second)).toEqual([0.73, 1.73, 2.73, 3.73]);
  });

  it('has no limit where the kernel has none', () => {
    const lines = [
      ...head,
      `sample 10 ${machine(0, 0)} c0=0,0,0,100,0`,
      `sample 12 ${machine(600, 200)} c0=3000000,0,0,300,100`,
    ];
    expect(parseSamples(lines, 'h')).toEqual({
      host: 'h',
      cpus: 4,
      cpuShare: 0.75,
      services: { web: { cpu: 1.5, memoryBytes: 200 } },
      samples: [{ second: 2, cpu: { web: 1.5 } }],
    });
  });

  it('leaves out what came before measuring began', () => {
    const lines = [
      ...head,
      `sample 1 ${machine(0, 0)} c0=0,0,0,1,0`,
      'begin',
      `sample 5 ${machine(400, 0)} c0=4000000,0,0,1,0`,
      `sample 6 ${machine(400, 400)} c0=4500000,0,0,1,0`,
    ];
    const figures = parseSamples(lines, 'h');
    expect(figures?.cpuShare).toBe(0);
    expect(figures?.services['web']?.cpu).toBe(0.5);
  });

  it('adds up the containers of a service, and counts one that went for as long as it was there', () => {
    const lines = [
      'cpus 2',
      'container 0 50000 100000 100 web',
      'container 1 50000 100000 100 web',
      `sample 0.5 ${machine(0, 0)} c0=0,0,0,10,0 c1=0,0,0,10,0 p0=7:0`,
      `sample 1.5 ${machine(1, 1)} c0=500000,10,10,20,0 c1=400000,10,0,20,0`,
      `sample 2.5 ${machine(2, 2)} c0=1000000,20,20,30,0 p0=7:90,8:1`,
    ];
    expect(parseSamples(lines, 'h')?.services['web']).toEqual({
      cpu: 0.7,
      cpuLimit: 1,
      busiestProcess: 0.45,
      memoryBytes: 40,
      memoryLimitBytes: 200,
      throttled: 20 / 30,
    });
  });

  it('takes a database that refuses connections as full', () => {
    const samples = [`sample 1 ${machine(0, 0)}`, `sample 2 ${machine(1, 1)}`];
    const lines = [
      ...head,
      ...samples,
      'db 0 connections 20 3 0 23 3',
      'db 0 psql: error: FATAL:  sorry, too many clients already',
      'db 0 psql: error: could not connect',
      'db done',
    ];
    expect(parseSamples(lines, 'h')?.databaseConnections).toEqual({ mean: 20, max: 20, limit: 20 });
    expect(parseSamples([...head, ...samples, 'db 0 no'], 'h')?.databaseConnections).toBeUndefined();
  });

  it.each([
    ['nothing', []],
    ['one sample', [...head, `sample 1 ${machine(0, 0)}`]],
    ['a line that was cut off', [...head, `sample 1 ${machine(0, 0)}`, 'sample 2 cpu=1,2']],
    ['rubbish', ['sample', 'sample x', 'sample 1 cpu=a,b,c,d,e', 'container', 'db']],
  ])('says nothing of %s', (_name, lines) => {
    expect(parseSamples(lines, 'h')).toBeUndefined();
  });
});
