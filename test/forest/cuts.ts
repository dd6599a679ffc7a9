/** Boxes to cut, many of them where roundings add up to more than all ranges. */
import { seededRandom } from "../../src/time/random.ts";

export interface CutInput {
  /** 0 ≤ factor < 1. */
  readonly factor: number;
  readonly point: readonly number[];
  readonly lows: readonly number[];
  readonly highs: readonly number[];
}

/** Of which every other one is beyond the end of all ranges. */
export function cutInputs(count: number): CutInput[] {
  const random = seededRandom(3);
  const found: CutInput[] = [];
  while (found.length < count) {
    const input = inputOf(random);
    if (isBeyondTheEnd(input) === (found.length % 2 === 1)) found.push(input);
  }
  return found;
}

function inputOf(random: () => number): CutInput {
  // Of very different sizes: sums of floats that are alike have no error in a double.
  const float = () => Math.fround((random() - 0.5) * 10 ** Math.floor(18 * random() - 9));
  const dimensions = 5 + Math.floor(8 * random());
  const list = () => Array.from({ length: dimensions }, float);
  const [a, b] = [list(), list()];
  return {
    factor: random() < 0.9 ? 1 - 2 ** -53 : random(),
    point: list(),
    lows: a.map((value, i) => Math.min(value, b[i]!)),
    highs: a.map((value, i) => Math.max(value, b[i]!)),
  };
}

function isBeyondTheEnd({ factor, point, lows, highs }: CutInput): boolean {
  const ranges = point.map((value, i) =>
    Math.fround(Math.max(value, highs[i]!) - Math.min(value, lows[i]!)),
  );
  let rest = factor * ranges.reduce((sum, range) => sum + range, 0);
  for (const range of ranges) {
    if (rest <= range) return false;
    rest -= range;
  }
  return true;
}
