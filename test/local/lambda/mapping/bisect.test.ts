/** A53 to A57: BisectBatchOnFunctionError, alone and with partial responses. */
import { expect, test } from "vitest";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

const bisect = { bisectBatchOnFunctionError: true } as const;

/** Every invocation as its values, with a mark where it failed. */
const story = (t: ReturnType<typeof rig>, trace: readonly { outcome: string }[]) =>
  t.deliveries.map(({ values }, index) => {
    const { outcome } = trace[index]!;
    return values.join("") + (outcome === "failure" ? "!" : outcome === "partial" ? "?" : "");
  });

test("A53 a failed batch is split in halves, in order, recursively; one record uses the retry quota", async () => {
  const t = rig();
  t.put(letters(8));
  const mapping = t.map({ ...bisect, maximumRetryAttempts: 2 }, ({ values }) => {
    if (values.includes("c")) fail();
  });
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual([
    "abcdefgh!",
    "abcd!",
    "ab",
    "cd!",
    "c!",
    "c!",
    "c!",
    "d",
    "efgh",
  ]);
  const alone = mapping.trace.filter(({ batchSize }) => batchSize === 1).slice(0, 3);
  expect(alone.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(t.documents[0]!.KinesisBatchInfo.batchSize).toBe(1);
});

test("A53 splitting does not consume the quota: it also happens with no retries at all", async () => {
  const t = rig();
  t.put(letters(4));
  const mapping = t.map({ ...bisect, maximumRetryAttempts: 0 }, ({ values }) => {
    if (values.includes("d")) fail();
  });
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual(["abcd!", "ab", "cd!", "c", "d!"]);
});

test("A54 a failure behind the first record cuts the batch there", async () => {
  const t = rig();
  t.put(letters(6));
  const mapping = t.map({ ...bisect, ...partialResponses }, (d, index) =>
    index === 0 ? failing(d, "e") : undefined,
  );
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual(["abcdef?", "ef"]);
});

test("A54 a failure at the first record halves the batch, the smaller half first", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ ...bisect, ...partialResponses, maximumRetryAttempts: 1 }, (d) =>
    failing(d, "a"),
  );
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual(["abc!", "a!", "a!", "bc"]);
});

test("A55 a suffix or a half that fails at its first record is halved at once; one record spends its budget under one id", async () => {
  const t = rig();
  t.put(letters(8));
  const mapping = t.map({ ...bisect, ...partialResponses, maximumRetryAttempts: 2 }, (d) =>
    failing(d, "e"),
  );
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual([
    "abcdefgh?",
    "efgh!",
    "ef!",
    "e!",
    "e!",
    "e!",
    "f",
    "gh",
  ]);
  const alone = mapping.trace.slice(3, 6);
  expect(new Set(alone.map(({ requestId }) => requestId)).size).toBe(1);
});

test("A56 a thrown error bisects whatever the response setting is", async () => {
  const t = rig();
  t.put(letters(4));
  const mapping = t.map({ ...bisect, ...partialResponses, maximumRetryAttempts: 0 }, (d) => {
    if (d.values.includes("c")) fail();
  });
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual(["abcd!", "ab", "cd!", "c!", "d"]);
});

test("A57 the first half is driven to its end before the second half begins", async () => {
  const t = rig();
  t.put(letters(4));
  const mapping = t.map({ ...bisect, maximumRetryAttempts: 3 }, ({ values }) => {
    if (values.includes("a")) fail();
  });
  await mapping.drain();
  expect(story(t, mapping.trace)).toEqual(["abcd!", "ab!", "a!", "a!", "a!", "a!", "b", "cd"]);
  const { trace } = mapping;
  expect(trace[6]!.at).toBe(trace[5]!.at);
});
