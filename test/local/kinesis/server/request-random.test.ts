import { expect, test } from "vitest";
import { requestRandom } from "../../../../packages/local/src/kinesis/server/request-random.ts";

test("numbers from 0 to 1 that do not come twice, however many are asked for", () => {
  const [one, other] = [requestRandom(), requestRandom()];
  const drawn = Array.from({ length: 1_500 }, () => [one(), other()]).flat();
  for (const number of drawn) expect(number >= 0 && number < 1).toBe(true);
  // Of 3,000 numbers of 32 bits, two are equal about once in a thousand runs; four never.
  expect(new Set(drawn).size).toBeGreaterThan(2_996);
});
