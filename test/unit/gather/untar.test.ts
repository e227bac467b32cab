import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { untar } from '../../../src/gather/untar.ts';

const long = 'long-'.repeat(30);
const archive = (name: string): Uint8Array =>
  readFileSync(new URL(`../../fixtures/gather/${name}.tar`, import.meta.url));
const read = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(
    untar(bytes).map(({ path, bytes: content }) => [path, new TextDecoder().decode(content)]),
  );

describe('untar', () => {
  it.each(['gnu', 'pax'])(
    '%s: long names, names of other scripts, hard links; no symbolic links',
    (format) => {
      expect(read(archive(format))).toEqual({
        'd/a.yml': 'a: 1\n',
        'd/hard.yml': 'a: 1\n',
        [`d/${long}.yml`]: 'long\n',
        [`dir-/dir-/dir-/${long}/é b.yml`]: 'b: 2\n',
      });
    },
  );

  it('several archives, one after the other', () => {
    const both = Buffer.concat([archive('ustar'), archive('gnu')]);
    expect(Object.keys(read(both))).toEqual(expect.arrayContaining(['a.yml', 'd/a.yml']));
  });

  it('an archive that is cut off gives what is whole', () => {
    const whole = archive('gnu');
    let most = 0;
    for (let length = 0; length <= whole.length; length += 100) {
      const files = untar(whole.subarray(0, length));
      expect(files.length).toBeGreaterThanOrEqual(most);
      most = files.length;
    }
    expect(most).toBe(4);
  });

  it('what is no archive gives nothing', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array(2_000).fill(0xff), Buffer.from('x'.repeat(5_000))])
      expect(untar(bytes)).toEqual([]);
  });
});
