/**
 * Picks the requests of a scenario in turn, each as often as its weight says and as evenly spread as can be
 * (smooth weighted round robin, as nginx balances upstream servers): weights 3 and 1 give a a b a, every time.
 *
 * @returns a function that gives the index of the next request
 */
export function mix(weights: readonly number[]): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length === 1) return () => 0;
  const current = weights.map(() => 0);
  return () => {
    let best = 0;
    for (const [index, weight] of weights.entries()) {
      current[index] = (current[index] ?? 0) + weight;
      if ((current[index] ?? 0) > (current[best] ?? 0)) best = index;
    }
    current[best] = (current[best] ?? 0) - total;
    return best;
  };
}
