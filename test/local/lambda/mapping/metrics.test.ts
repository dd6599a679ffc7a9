/** A89 to A91: what is counted. */
import { expect, test } from "vitest";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

test("A89 IteratorAge is the age of the last record of a batch when it is sent", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(2000);
  t.put(["b"]);
  await t.clock.advance(500);
  const mapping = t.map({}, () => t.clock.sleep(100));
  await mapping.drain();
  expect(mapping.metrics.IteratorAge).toBe(500);
  expect(mapping.trace[0]!.iteratorAge).toBe(500);
});

test("A89 IteratorAge grows while a batch is retried", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ maximumRetryAttempts: 3 }, fail);
  await mapping.drain();
  expect(mapping.trace.map(({ iteratorAge }) => iteratorAge)).toEqual([0, 200, 600, 1400]);
  expect(mapping.metrics.IteratorAge).toBe(1400);
});

test("A90 events are counted as polled, filtered out, invoked, failed, dropped and delivered", async () => {
  const t = rig();
  t.put(['{"a":1}', '{"a":2}', '{"a":1}', '{"a":1}'], "k");
  const mapping = t.map(
    {
      maximumRetryAttempts: 1,
      metricsConfig: { metrics: ["EventCount"] },
      filterCriteria: { filters: [{ pattern: { data: { a: [1] } } }] },
    },
    fail,
  );
  await mapping.drain();
  expect(mapping.metrics).toEqual({
    PolledEventCount: 4,
    FilteredOutEventCount: 1,
    InvokedEventCount: 6,
    FailedInvokeEventCount: 6,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 3,
    DestinationDeliveryFailures: 0,
    IteratorAge: 200,
  });
});

test("A90 a partial response counts what it gives back as failed", async () => {
  const t = rig();
  t.put(letters(5));
  const mapping = t.map(partialResponses, (d, index) =>
    index === 0 ? failing(d, "d") : undefined,
  );
  await mapping.drain();
  expect(mapping.metrics).toMatchObject({ InvokedEventCount: 7, FailedInvokeEventCount: 2 });
});

test("A91 without a destination discarded records are dropped; with one they are not", async () => {
  const t = rig();
  t.put(letters(3));
  const without = t.map({ maximumRetryAttempts: 0 }, fail, { onFailure: undefined as never });
  await without.drain();
  expect(without.metrics).toMatchObject({
    DroppedEventCount: 3,
    OnFailureDestinationDeliveredEventCount: 0,
    DestinationDeliveryFailures: 0,
  });
  const denied = t.map({ maximumRetryAttempts: 0 }, fail, {
    onFailure() {
      throw new Error("AccessDenied");
    },
  });
  await denied.drain();
  expect(denied.metrics).toMatchObject({ DroppedEventCount: 3, DestinationDeliveryFailures: 1 });
});
