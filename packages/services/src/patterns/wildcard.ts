/** `*` stands for any characters, also none; `\*` and `\\` stand for themselves. */

/** Characters as they are, and null for each wildcard. */
export type Wildcard = readonly (string | null)[];

/** Throws a TypeError for what EventBridge refuses. */
export function parseWildcard(pattern: unknown): Wildcard {
  if (typeof pattern !== "string") throw new TypeError('"wildcard" takes a string.');
  const units: (string | null)[] = [];
  const characters = pattern[Symbol.iterator]();
  for (let next = characters.next(); !next.done; next = characters.next()) {
    if (next.value === "*") {
      if (units.at(-1) === null) throw new TypeError('"wildcard" takes no consecutive wildcards.');
      units.push(null);
    } else if (next.value === "\\") {
      const { value } = characters.next();
      if (value !== "*" && value !== "\\") {
        throw new TypeError('"wildcard" takes a backslash only before * and before another one.');
      }
      units.push(value);
    } else units.push(next.value);
  }
  return units;
}

/** Takes time that grows with the length of the value, for a pattern that is not too complex. */
export function matchesWildcard(wildcard: Wildcard): (value: string) => boolean {
  const parts = partsOf(wildcard);
  const first = parts[0]!;
  const last = parts.at(-1)!;
  const between = parts.slice(1, -1);
  if (parts.length === 1) return (value) => value === first;
  return (value) => {
    const end = value.length - last.length;
    if (end < first.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    let at = first.length;
    for (const part of between) {
      const found = value.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** What stands between wildcards. */
function partsOf(wildcard: Wildcard): string[] {
  const parts = [""];
  for (const unit of wildcard) {
    if (unit === null) parts.push("");
    else parts[parts.length - 1] += unit;
  }
  return parts;
}

/** EventBridge takes 7 and refuses 11; where between them it begins to refuse is not documented. */
const mostPrefixes = 10;
/** No pattern that can be matched quickly has as many. */
const mostStates = 20_000;

/**
 * EventBridge measures the wildcards of a field by how many of their beginnings some text could match
 * at once: each is a state that has to be followed. Throws a TypeError where they are too many.
 */
export function checkComplexity(wildcards: readonly Wildcard[]): void {
  if (mostMatched(wildcards) > mostPrefixes) {
    throw new TypeError(
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
    );
  }
}

/** How many beginnings one text can match, or more than are allowed. */
export function mostMatched(wildcards: readonly Wildcard[], enough = mostPrefixes): number {
  // Texts stand in quotes, which are a part of what is matched.
  const patterns = wildcards.map((units) => ['"', ...units, '"']);
  let most = 0;
  const seen = new Set<string>();
  const waiting: number[][][] = [patterns.map(() => [0])];
  for (let state = waiting.pop(); state; state = waiting.pop()) {
    // Any other character leads where `undefined` does.
    const wanted = state.flatMap((positions, i) => positions.map((at) => patterns[i]![at]));
    for (const character of new Set([...wanted, undefined])) {
      if (character === null) continue;
      const next = state.map((positions, i) => step(patterns[i]!, positions, character));
      const size = next.reduce((sum, positions) => sum + positions.length, 0);
      const key = next.join(";");
      if (size === 0 || seen.has(key)) continue;
      seen.add(key);
      most = Math.max(most, size);
      if (most > enough || seen.size > mostStates) return enough + 1;
      waiting.push(next);
    }
  }
  return most;
}

/** Where a pattern stands after a character: how many of its units have been matched, each way. */
function step(
  pattern: Wildcard,
  positions: readonly number[],
  character: string | undefined,
): number[] {
  const next = new Set<number>();
  for (const at of positions) {
    if (at > 0 && pattern[at - 1] === null) next.add(at);
    if (character !== undefined && pattern[at] === character) {
      next.add(at + 1);
      if (pattern[at + 1] === null) next.add(at + 2);
    }
  }
  return [...next].sort((a, b) => a - b);
}
