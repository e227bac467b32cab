import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesFact, filesOfFact } from '../../../src/gather/host-files.ts';
import { findRules, isSkipped, isWanted } from '../../../src/gather/wanted.ts';

const output = (stdout: string) => ({ stdout, stderr: '', code: 0 });

describe('files of a server', () => {
  it('as a real one printed them', () => {
    const stdout = readFileSync(new URL('../../fixtures/gather/project-files.txt', import.meta.url), 'utf8');
    const fact = filesFact().parse(output(stdout));
    if (fact.state !== 'ok') throw new Error(fact.state);
    const files = filesOfFact(fact);
    expect(files.paths).toEqual([
      'backend/.dockerignore',
      'backend/Dockerfile',
      'backend/database.py',
      'backend/faults.py',
      'backend/main.py',
      'backend/migrate.py',
      'docker-compose.prod.yml',
      'nginx/nginx.conf',
      'ops.yaml',
    ]);
    expect(files.read('docker-compose.prod.yml')).toContain('name: shop\n');
    expect(files.unreadable.size).toBe(0);
  });

  it.each(['no-directory', 'no-tar'])('%s', (state) => {
    expect(filesFact().parse(output(`${state}\n`))).toEqual({ state });
  });

  it('what was cut off is no list of files', () => {
    expect(() => filesFact().parse(output('list\nZmlsZSAuL2EK\n'))).toThrow('not whole');
  });
});

describe('what is wanted', () => {
  it.each([
    ['compose.yaml', 'yes'],
    ['docker/Dockerfile.prod', 'yes'],
    ['nginx.conf.template', 'yes'],
    ['sites-available/shop.example', 'yes'],
    ['.env.production', 'yes'],
    ['requirements-dev.txt', 'yes'],
    ['entrypoint', 'script'],
    ['README.md', 'no'],
    ['conf.d/site.key', 'no'],
    ['id_ed25519', 'no'],
    ['app.js', 'no'],
  ])('%s: %s', (path, want) => {
    expect(isWanted(path)).toBe(want);
  });

  it('passes over dependencies and caches, not what people call build or env', () => {
    expect(['node_modules', '.venv', '__pycache__', 'shop.egg-info', '.git'].every(isSkipped)).toBe(true);
    expect(['build', 'env', 'docker', 'conf.d', 'a.git'].some(isSkipped)).toBe(false);
  });

  it('is the same for find: every pattern is one quoted word', () => {
    for (const rule of Object.values(findRules)) expect(rule).not.toMatch(/-name [^' ]*\*/);
  });
});
