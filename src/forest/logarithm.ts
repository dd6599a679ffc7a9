/**
 * Natural logarithms of small whole numbers, to the last bit. A machine's `Math.log` may be off by one there (V8's is for 3 and 48, say), and a
 * score would be another one; what HotSpot gives for these numbers is rounded as here.
 */

/** Where a fixed-point number has its point. */
const places = 100n;

let table: Float64Array | undefined;

/** ln n, for whole n from 1 to 1,001. */
export function logOf(n: number): number {
  table ??= logarithms(1001);
  return table[n]!;
}

/** Each from the one before: ln n = ln (n − 1) + 2 artanh(1 ÷ (2 n − 1)). */
function logarithms(last: number): Float64Array {
  const found = new Float64Array(last + 1);
  let sum = 0n;
  for (let n = 2; n <= last; n++) {
    const divisor = BigInt(2 * n - 1);
    let power = (2n << places) / divisor;
    for (let k = 1n; power > 0n; k += 2n) {
      sum += power / k;
      power /= divisor * divisor;
    }
    // A whole number becomes the nearest double.
    found[n] = Number(sum) / 2 ** Number(places);
  }
  return found;
}
