/**
 * `equals-ignore-case`, as EventBridge understands it: each character of the pattern in its lower and
 * its upper case, which may be longer ("ß" matches "SS"); the value is not changed.
 */

type Cases = readonly (readonly [lower: string, upper: string])[];

const casesOf = (text: string): Cases =>
  [...text].map((character) => [character.toLowerCase(), character.toUpperCase()]);

/** The end of what matches from `at` on; -1: nothing does. */
function endOfMatch(cases: Cases, value: string, at: number): number {
  for (const [lower, upper] of cases) {
    if (value.startsWith(lower, at)) at += lower.length;
    else if (value.startsWith(upper, at)) at += upper.length;
    else return -1;
  }
  return at;
}

export function equalsIgnoringCase(text: string): (value: string) => boolean {
  const cases = casesOf(text);
  return (value) => endOfMatch(cases, value, 0) === value.length;
}

export function startsIgnoringCase(text: string): (value: string) => boolean {
  const cases = casesOf(text);
  return (value) => endOfMatch(cases, value, 0) >= 0;
}

export function endsIgnoringCase(text: string): (value: string) => boolean {
  const cases = casesOf(text).toReversed();
  return (value) => {
    let end = value.length;
    for (const [lower, upper] of cases) {
      if (value.endsWith(lower, end)) end -= lower.length;
      else if (value.endsWith(upper, end)) end -= upper.length;
      else return false;
    }
    return true;
  };
}
