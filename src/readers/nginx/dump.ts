/** The files that `nginx -T` prints, by container path, main file first. What comes before the first is left out. */
export function splitDump(text: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const headers = [...text.matchAll(/^# configuration file (\S[^\n]*):\r?\n/gm)];
  for (const [index, header] of headers.entries()) {
    const [line, path = ''] = header;
    const body = text.slice(header.index + line.length, headers[index + 1]?.index ?? text.length);
    // nginx puts a line break of its own behind each file.
    if (!files.has(path)) files.set(path, body.replace(/\r?\n$/, ''));
  }
  return files;
}
