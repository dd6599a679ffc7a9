/** The name that somebody may have meant. */

/** The one that differs in the fewest letters: undefined where all differ in more than a third. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(name.length / 3) + 1;
  for (const candidate of names) {
    const far = distance(name.toUpperCase(), candidate.toUpperCase());
    if (far >= least) continue;
    least = far;
    best = candidate;
  }
  return best;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const now = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      now.push(Math.min(change, before[j]! + 1, now[j - 1]! + 1));
    }
    before = now;
  }
  return before[b.length]!;
}
