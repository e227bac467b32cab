import { expect, test } from 'vitest';
import { decodeText } from '../../../src/config/files.ts';

test.each([
  ['UTF-8', Buffer.from('OPS_USER=jürgen')],
  ['UTF-8 with a byte order mark', Buffer.from('\uFEFFOPS_USER=jürgen')],
  ['UTF-16, as PowerShell writes it', Buffer.from('\uFEFFOPS_USER=jürgen', 'utf16le')],
])('%s', (_name, bytes) => {
  expect(decodeText(bytes)).toBe('OPS_USER=jürgen');
});
