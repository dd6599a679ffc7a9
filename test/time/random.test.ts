import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomHex, randomUuid, seededRandom, systemRandom } from "../../src/time/random.ts";

const take = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

describe("seeded chance", () => {
  it("repeats: a seed written down today is the same run tomorrow, on every machine", () => {
    expect(take(1, 4).map((value) => Math.floor(value * 2 ** 32))).toMatchInlineSnapshot(`
      [
        2420951833,
        2513034076,
        3847892949,
        4064752930,
      ]
    `);
    expect(take(2 ** 40 + 7, 3)).toEqual(take(2 ** 40 + 7, 3));
  });

  it("gives numbers from 0 on and below 1, each seed others", () =>
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const numbers = take(seed, 50);
        for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
        expect(take(seed, 50)).toEqual(numbers);
        expect(take(seed + 1, 50)).not.toEqual(numbers);
      }),
    ));

  it("is spread evenly, also over neighbouring seeds", () => {
    const buckets = (numbers: number[]) => {
      const counts = new Array(10).fill(0);
      for (const number of numbers) counts[Math.floor(number * 10)]++;
      return counts;
    };
    const firsts = Array.from({ length: 10_000 }, (_, seed) => take(seed, 1)[0]!);
    for (const numbers of [take(7, 10_000), firsts]) {
      // The chance that an even spread strays so far is below one in a million; and it is seeded.
      for (const count of buckets(numbers)) expect(Math.abs(count - 1000)).toBeLessThan(160);
    }
  });
});

describe("the machine's chance", () => {
  it("gives numbers from 0 on and below 1 that do not repeat", () => {
    const numbers = Array.from({ length: 1000 }, systemRandom);
    for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});

describe.each([
  ["seeded", () => seededRandom(3)],
  ["the machine's", () => systemRandom],
])("made of %s chance,", (_, chance) => {
  it("a hexadecimal text has as many digits as asked for", () => {
    const random = chance();
    for (const digits of [0, 1, 8, 9, 16, 33]) {
      expect(randomHex(random, digits)).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
    }
  });

  it("a UUID is one of version 4 and of the usual variant, and no two are equal", () => {
    const random = chance();
    const uuids = Array.from({ length: 200 }, () => randomUuid(random));
    for (const uuid of uuids) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(uuids).size).toBe(200);
  });
});

it("every digit of a token is random: small numbers keep their leading zeros", () => {
  expect(randomHex(() => 0, 16)).toBe("0".repeat(16));
  expect(randomHex(() => 1 - 2 ** -32, 16)).toBe("f".repeat(16));
});
