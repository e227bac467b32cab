/** `12.3 ms`, `850 ms`, `2.41 s`; three digits that count. */
export function msText(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  return ms >= 1_000 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`;
}

/** Three digits that count: `0.12`, `4.56`, `23.4`, `941`. */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}

/** `12 s`, `2 min 05 s`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Pieces in as few lines as they fit in, three spaces between. */
export function flow(pieces: readonly string[], room: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(piece) <= room)
      lines[lines.length - 1] = `${last}   ${piece}`;
    else lines.push(piece);
  }
  return lines;
}
