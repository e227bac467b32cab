import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../src/audit/fingerprint.ts';
import { sampleFindings } from './sample-report.ts';

function of(text: string, words: string, path = 'nginx.conf'): string {
  const start = text.indexOf(words);
  return fingerprint('rule', 'nginx', { span: { path, start, end: start + words.length }, text });
}

describe('the fingerprint of a finding', () => {
  const text = 'http {\n  proxy_read_timeout 300s;\n}\n';

  it('stays when lines move, are indented otherwise, or end otherwise', () => {
    const first = of(text, 'proxy_read');
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(of(`# a comment\n\n${text}`, 'proxy_read')).toBe(first);
    expect(of(text.replace('  proxy', '\t\tproxy'), 'proxy_read')).toBe(first);
    expect(of(text.replaceAll('\n', '\r\n'), 'proxy_read')).toBe(first);
    expect(of(text, '300s')).toBe(first);
  });

  it('changes with the words of the line, the file, the rule and the subject', () => {
    const place = { span: { path: 'nginx.conf', start: 9, end: 20 }, text };
    const all = [
      of(text, 'proxy_read'),
      of(text.replace('300s', '200s'), 'proxy_read'),
      of(text, 'proxy_read', 'other.conf'),
      fingerprint('other', 'nginx', place),
      fingerprint('rule', 'edge', place),
      fingerprint('rule', 'nginx'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is FNV-1a with 64 bits', () => {
    // The bytes "a\0\0\0"; computed by another implementation.
    let hash = 14695981039346656037n;
    for (const byte of [0x61, 0, 0, 0]) hash = ((hash ^ BigInt(byte)) * 1099511628211n) % 2n ** 64n;
    expect(fingerprint('a', '')).toBe(hash.toString(16).padStart(16, '0'));
  });

  it('is numbered where the same line stands twice, in the order of the file', () => {
    const twice = sampleFindings.filter(({ rule }) => rule === 'nginx-long-timeouts');
    expect(twice.map(({ location }) => location?.line)).toEqual([5, 9]);
    expect(twice.map((finding) => finding.fingerprint.replace(/^.*:/, ':'))).toEqual([':1', ':2']);
    expect(new Set(sampleFindings.map((finding) => finding.fingerprint)).size).toBe(sampleFindings.length);
  });
});
