import { describe, expect, it } from 'vitest';
import { tar } from '../../../src/sandbox/tar.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (archive: Uint8Array, offset: number, length: number): string =>
  Buffer.from(archive.subarray(offset, offset + length))
    .toString('utf8')
    .replace(/\0.*$/s, '');

describe('tar', () => {
  const archive = tar([
    { path: 'a/run.sh', content: bytes('#!/bin/sh\n'), executable: true },
    { path: 'link', link: 'a/run.sh' },
  ]);

  it('is whole blocks, with two empty ones at the end', () => {
    expect(archive.length).toBe(512 * 5);
    expect(archive.subarray(512 * 3).every((byte) => byte === 0)).toBe(true);
  });

  it('has name, mode, size, content and kind', () => {
    expect([
      text(archive, 0, 100),
      text(archive, 100, 8),
      text(archive, 124, 12),
      text(archive, 156, 1),
    ]).toEqual(['a/run.sh', '0000755', '00000000012', '0']);
    expect(text(archive, 512, 512)).toBe('#!/bin/sh\n');
    expect([text(archive, 1024, 100), text(archive, 1024 + 156, 1), text(archive, 1024 + 157, 100)]).toEqual([
      'link',
      '2',
      'a/run.sh',
    ]);
  });

  it('has a checksum over the header with spaces in its place', () => {
    const header = Buffer.from(archive.subarray(0, 512));
    const written = Number.parseInt(text(header, 148, 8), 8);
    header.fill(' ', 148, 156);
    expect(written).toBe(header.reduce((sum, byte) => sum + byte, 0));
  });

  it('is the same for the same files', () => {
    const again = (): Uint8Array => tar([{ path: 'x', content: bytes('y') }]);
    expect(Buffer.compare(again(), again())).toBe(0);
  });

  it('splits long paths at a folder, and refuses those that have none', () => {
    const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
    const split = tar([{ path: long }]);
    expect([text(split, 345, 155), text(split, 0, 100)]).toEqual(['d'.repeat(90), 'f'.repeat(90)]);
    expect(() => tar([{ path: 'f'.repeat(101) }])).toThrowError(
      expect.objectContaining({ code: 'PATH_TOO_LONG' }),
    );
  });
});
