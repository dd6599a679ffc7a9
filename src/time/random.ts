/** Chance as the rest of the code sees it: a number in [0, 1), with at least 32 random bits. */
export type Random = () => number;

/** The machine's own chance, from its cryptographic source: tokens made of it never meet. */
export const systemRandom: Random = () => {
  const word = new Uint32Array(1);
  crypto.getRandomValues(word);
  return word[0]! / 2 ** 32;
};

/**
 * Chance that repeats: equal seeds give equal sequences, on every machine.
 * (sfc32 by Chris Doty-Humphrey, from PractRand; seeded through splitmix32.)
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const splitmix = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  let [a, b, c, counter] = [splitmix(), splitmix(), splitmix(), 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** `digits` random hexadecimal digits. */
export function randomHex(random: Random, digits: number): string {
  let hex = "";
  while (hex.length < digits) {
    hex += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }
  return hex.slice(0, digits);
}

/** A random UUID, version 4. */
export function randomUuid(random: Random): string {
  const hex = randomHex(random, 32);
  const variant = "89ab"[Number.parseInt(hex[16]!, 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
