/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The candidate that a person most likely meant, or undefined when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // Nobody means a known word by one that is longer than two of them.
  if (word.length > 2 * Math.max(0, ...candidates.map(({ length }) => length))) return undefined;
  // Each edit changes the length by one at most: most candidates need no closer look.
  const mostEdits = (candidate: string): number => Math.max(1, Math.floor(candidate.length / 3));
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= mostEdits(candidate))
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best !== undefined && best.edits <= mostEdits(best.candidate)) return best.candidate;
  return candidates.find((candidate) => word.length > 1 && candidate.startsWith(word));
}
