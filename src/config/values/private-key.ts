/** Private key text from a variable: as it is, with `\n` for line ends, or in base64. Undefined when it is no key. */
export function parsePrivateKey(text: string): string | undefined {
  const unescaped = text
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll('\r\n', '\n')
    .trim();
  if (isKey(unescaped)) return `${unescaped}\n`;
  const packed = text.replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return undefined;
  const decoded = Buffer.from(packed, 'base64').toString('utf8').replaceAll('\r\n', '\n').trim();
  return isKey(decoded) ? `${decoded}\n` : undefined;
}

function isKey(text: string): boolean {
  if (text.startsWith('PuTTY-User-Key-File-')) return true;
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n/.test(text) && /-----END [A-Z ]*PRIVATE KEY-----$/.test(text);
}
