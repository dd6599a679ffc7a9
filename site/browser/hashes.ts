/** MD5 (RFC 1321) and SHA-256 (FIPS 180-4) in synchronous code: a browser's own SHA-256 answers with a promise, and MD5 it has none. */

type Quartet = [number, number, number, number];
type Mix = (state: readonly number[], wordAt: (index: number) => number) => readonly number[];

const rotate = (word: number, left: number): number => (word << left) | (word >>> (32 - left));

/** What the two have in common: blocks of 64 bytes, each mixed into the state. */
function digestOf(message: Uint8Array, first: readonly number[], isLittle: boolean, mix: Mix) {
  // The message, a bit, zeros, and its length in bits.
  const blocks = new DataView(new ArrayBuffer(64 * Math.ceil((message.length + 9) / 64)));
  new Uint8Array(blocks.buffer).set(message);
  blocks.setUint8(message.length, 0x80);
  blocks.setBigUint64(blocks.byteLength - 8, 8n * BigInt(message.length), isLittle);
  let state = first;
  for (let at = 0; at < blocks.byteLength; at += 64) {
    const mixed = mix(state, (index) => blocks.getInt32(at + 4 * index, isLittle));
    state = state.map((word, index) => (word + mixed[index]!) | 0);
  }
  const digest = new DataView(new ArrayBuffer(4 * state.length));
  state.forEach((word, index) => void digest.setInt32(4 * index, word, isLittle));
  return new Uint8Array(digest.buffer);
}

/** The first 32 bits behind the point. */
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;

const sines = Array.from({ length: 64 }, (_, step) => fraction(Math.abs(Math.sin(step + 1))));
const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];

export const md5 = (message: Uint8Array): Uint8Array =>
  digestOf(message, [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476], true, (state, wordAt) => {
    let [a, b, c, d] = state as Quartet;
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round]!;
      const word = [step, 5 * step + 1, 3 * step + 5, 7 * step][round]! & 15;
      const sum = (a + mixed + sines[step]! + wordAt(word)) | 0;
      [a, b, c, d] = [d, (b + rotate(sum, shifts[round]![step & 3]!)) | 0, b, c];
    }
    return [a, b, c, d];
  });

const primes: number[] = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime > 0)) primes.push(n);
const squareRoots = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const cubeRoots = primes.map((prime) => fraction(Math.cbrt(prime)));

export const sha256 = (message: Uint8Array): Uint8Array =>
  digestOf(message, squareRoots, false, (state, wordAt) => {
    const right = (word: number, ...by: number[]) =>
      by.reduce((sum, bits) => sum ^ rotate(word, 32 - bits), 0);
    const words = Array.from({ length: 16 }, (_, index) => wordAt(index));
    for (let index = 16; index < 64; index++) {
      const [early, late] = [words[index - 15]!, words[index - 2]!];
      const mixed = (right(early, 7, 18) ^ (early >>> 3)) + (right(late, 17, 19) ^ (late >>> 10));
      words.push((words[index - 16]! + words[index - 7]! + mixed) | 0);
    }
    return words.reduce<readonly number[]>((eight, word, step) => {
      const [a, b, c, d, e, f, g, h] = eight as [...Quartet, ...Quartet];
      const chosen = right(e, 6, 11, 25) + ((e & f) ^ (~e & g));
      const sum = h + chosen + cubeRoots[step]! + word;
      const most = right(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
      return [(sum + most) | 0, a, b, c, (d + sum) | 0, e, f, g];
    }, state);
  });
