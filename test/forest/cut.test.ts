import { expect, it } from "vitest";
import { chooseCut, cut, floatBefore } from "../../src/forest/cut.ts";
import { cutInputs } from "./cuts.ts";
import reference from "./reference.json" with { type: "json" };

it("cuts where the reference cuts, also beyond the end of all ranges", () => {
  const cuts = cutInputs(reference.cuts.length).map(({ factor, point, lows, highs }) => {
    const box = Float32Array.from([...lows, ...highs]);
    chooseCut(factor, Float32Array.from(point), box, 0, lows.length);
    return [cut.dimension, cut.value];
  });
  expect(cuts).toEqual(reference.cuts);
});

it("knows the float before any other", () => {
  expect([1, 0, -1, 2 ** -149].map(floatBefore)).toEqual([
    1 - 2 ** -24,
    -(2 ** -149),
    -1 - 2 ** -23,
    0,
  ]);
});
