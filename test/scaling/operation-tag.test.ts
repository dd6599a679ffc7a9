import * as fc from "fast-check";
import { expect, it } from "vitest";
import { fromTag, toTag } from "../../src/scaling/handler/operation-tag.ts";

const now = Date.UTC(2026, 5, 1);
const times = fc.array(fc.integer({ min: now - 86_000_000, max: now }), { maxLength: 10 });

it("remembers operations to the second, never earlier, in a value that a tag may have", () => {
  fc.assert(
    fc.property(
      times,
      fc.option(fc.integer({ min: 0, max: now }), { nil: undefined }),
      (operations, refusedAt) => {
        const value = toTag({ operations, refusedAt }, now);
        expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u);
        const found = fromTag(value);
        expect(found.operations).toEqual(operations.map((at) => Math.ceil(at / 1000) * 1000));
        expect(found.refusedAt).toBe(
          refusedAt === undefined ? undefined : Math.ceil(refusedAt / 1000) * 1000,
        );
      },
    ),
  );
});

it("forgets what no longer counts", () => {
  expect(toTag({ operations: [now - 25 * 3_600_000] }, now)).toBe("");
});

it("reads whatever people have written into it", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const { operations } = fromTag(value);
      expect(operations.every((at) => Number.isFinite(at))).toBe(true);
    }),
  );
});
