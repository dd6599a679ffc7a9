/** A45 to A52: ReportBatchItemFailures. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readResponse } from "../../../../src/mapping/outcome.ts";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

test("A45 with the setting off item failures are ignored, and the records are gone", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({}, (d) => failing(d, "b"));
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["success"]);
  expect(t.documents).toEqual([]);
});

test.each([
  ['""', ""],
  ["[]", []],
  ["null", null],
  ["nothing", undefined],
  ["{}", {}],
  ["{batchItemFailures: []}", { batchItemFailures: [] }],
  ["{batchItemFailures: null}", { batchItemFailures: null }],
  ["other text", "Processed 3 records."],
  ["another object", { statusCode: 200 }],
])("A46 %s is a success", async (_, response) => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map(partialResponses, () => response);
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["success"]);
  expect(mapping.lastProcessingResult).toBe("OK");
});

test.each([
  ['itemIdentifier ""', [{ itemIdentifier: "" }]],
  ["itemIdentifier null", [{ itemIdentifier: null }]],
  ["no itemIdentifier", [{}]],
  ["{foo: 123}", [{ foo: 123 }]],
  ["{foo: null}", [{ foo: null }]],
  ["the number 123", [{ itemIdentifier: 123 }]],
  ["the text 123", [{ itemIdentifier: "123" }]],
  ["an entry that is null", [null]],
  ["item failures that are no list", "all of them"],
])("A47 %s fails the whole batch", async (_, batchItemFailures) => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ ...partialResponses, maximumRetryAttempts: 2 }, () => ({
    batchItemFailures,
  }));
  await mapping.drain();
  expect(mapping.trace.map(({ outcome, batchSize }) => [outcome, batchSize])).toEqual([
    ["failure", 3],
    ["failure", 3],
    ["failure", 3],
  ]);
  expect(t.documents).toHaveLength(1);
});

test("A47 one identifier that is no record's spoils valid ones beside it", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ ...partialResponses, maximumRetryAttempts: 0 }, (d) => ({
    batchItemFailures: [...failing(d, "b").batchItemFailures, { itemIdentifier: "4711" }],
  }));
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["failure"]);
});

test("A47 a thrown error fails the whole batch", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ ...partialResponses, maximumRetryAttempts: 1 }, fail);
  await mapping.drain();
  expect(mapping.trace.map(({ batchSize }) => batchSize)).toEqual([3, 3]);
});

test("A48 everything from the lowest identifier on is delivered again, what succeeded included", async () => {
  const t = rig();
  const placed = t.put(letters(6));
  const mapping = t.map(partialResponses, (d, index) => {
    if (index > 0) return undefined;
    expect(mapping.checkpoints["shardId-000000000000"]).toBeUndefined();
    const named = ["e", "c", "f"].map((value) => failing(d, value).batchItemFailures[0]);
    return { batchItemFailures: named };
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["abcdef", "cdef"]);
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(placed[5]!.sequenceNumber);
});

test("A48 the checkpoint is before the lowest identifier while the rest is on its way", async () => {
  const t = rig();
  const placed = t.put(letters(6));
  const mapping = t.map(partialResponses, (d) => failing(d, "c"));
  await t.clock.advance(100);
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(placed[1]!.sequenceNumber);
  await mapping.close();
});

test("A48 identifiers are compared as numbers", () => {
  const records = ["98", "99", "100", "101"].map((sequenceNumber) => ({ sequenceNumber }));
  const failures = (...ids: string[]) => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });
  expect(readResponse(failures("100", "99"), records, true)).toEqual({ kind: "partial", from: 1 });
  expect(readResponse(failures("101", "100"), records, true)).toEqual({ kind: "partial", from: 2 });
});

test("A48 for any choice of identifiers the lowest decides", () => {
  const numbers = fc.uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 70n }), { minLength: 1 });
  fc.assert(
    fc.property(numbers, fc.infiniteStream(fc.boolean()), (numbers, choose) => {
      const sorted = [...numbers].sort((a, b) => (a < b ? -1 : 1));
      const records = sorted.map((number) => ({ sequenceNumber: String(number) }));
      const named = numbers.filter(() => choose.next().value);
      const outcome = readResponse(
        { batchItemFailures: named.map((number) => ({ itemIdentifier: String(number) })) },
        records,
        true,
      );
      const lowest = sorted.findIndex((number) => named.includes(number));
      if (lowest < 0) expect(outcome.kind).toBe("success");
      else if (lowest === 0) expect(outcome.kind).toBe("failure");
      else expect(outcome).toEqual({ kind: "partial", from: lowest });
    }),
  );
});

test("A49 a failure of the first record is a failed attempt of the same batch", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ ...partialResponses, maximumRetryAttempts: 2 }, (d) => failing(d, "a"));
  await mapping.drain();
  expect(mapping.trace.map(({ attempt, batchSize }) => [attempt, batchSize])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  expect(new Set(mapping.trace.map(({ requestId }) => requestId)).size).toBe(1);
});

test("A50 item failures give the failure document the function error null", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ ...partialResponses, maximumRetryAttempts: 0 }, (d) => failing(d, "a"));
  await mapping.drain();
  expect(t.documents[0]!.responseContext).toEqual({
    statusCode: 200,
    executedVersion: "$LATEST",
    functionError: null,
  });
});

test("A51 item failures mean the same for a fan-out consumer", async () => {
  const t = rig({ consumer: true });
  t.put(letters(6));
  const mapping = t.map(partialResponses, (d, index) =>
    index === 0 ? failing(d, "c") : undefined,
  );
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["abcdef", "cdef"]);
});

test("A52 naming the first failure or naming it with all later ones is the same", async () => {
  const runs = await Promise.all(
    [["c"], ["c", "d", "e", "f"]].map(async (named) => {
      const t = rig();
      t.put(letters(6));
      await t
        .map(partialResponses, (d, index) => {
          if (index > 0) return undefined;
          return {
            batchItemFailures: named.flatMap((value) => failing(d, value).batchItemFailures),
          };
        })
        .drain();
      return t.deliveries.map(({ values }) => values.join(""));
    }),
  );
  expect(runs[0]).toEqual(runs[1]);
});
