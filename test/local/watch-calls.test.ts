import { expect, test } from "vitest";
import type { CallEvent } from "../../packages/local/src/run/events.ts";
import { watchCalls } from "../../packages/local/src/run/watch-calls.ts";
import type { SeenRequest } from "../../packages/services/src/http/seen.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

const trace = (n: number) => `Root=1-5e1b4151-${n};Parent=53995c3f42cd8ad8;Sampled=0`;

const put = (n: number, more: Partial<SeenRequest> = {}): SeenRequest => ({
  ...{ service: "s3", operation: "PutObject", place: "archive", key: `object ${n}`, bytes: 10 },
  ...{ at: 1_000 + n, duration: n, status: 200, trace: trace(1), ...more },
});

function watching() {
  const clock = virtualClock({ start: 1_000 });
  const calls = watchCalls(clock);
  const told: CallEvent[] = [];
  calls.hear((event) => told.push(event));
  calls.begin("orders", "request 1", trace(1));
  return { calls, clock, told };
}

test("calls of a tenth of a second to one place with one answer are one event", async () => {
  const { calls, clock, told } = watching();
  for (let n = 1; n <= 7; n++) calls.see(put(n));
  const error = { type: "PreconditionFailed", message: "There is one." };
  calls.see(put(8, { status: 412, error }));
  expect(told).toEqual([]);
  await clock.advance(100);
  const of = { type: "call", functionName: "orders", requestId: "request 1" };
  const what = { service: "s3", operation: "PutObject", place: "archive" };
  expect(told).toEqual([
    {
      ...{ ...of, ...what, at: 1_001, calls: 7, entries: 7, refused: 0, bytes: 70, duration: 7 },
      ...{ status: 200, keys: [1, 2, 3, 4, 5].map((n) => `object ${n}`) },
    },
    {
      ...{ ...of, ...what, at: 1_008, calls: 1, entries: 1, refused: 0, bytes: 10, duration: 8 },
      ...{ status: 412, keys: ["object 8"], error },
    },
  ]);
  calls.see(put(9, { entries: 500, refused: 3 }));
  await clock.advance(100);
  expect(told[2]).toMatchObject({ calls: 1, entries: 500, refused: 3, keys: ["object 9"] });
});

test("a request under a trace that nobody has begun is nobody's, and so it is not told", async () => {
  const { calls, clock, told } = watching();
  calls.see(put(1, { trace: trace(2) }));
  await clock.advance(100);
  expect(told).toEqual([]);
  calls.elsewhere("orders", "request 1", [
    {
      ...{ method: "POST", url: "http://vendor/logs", bytes: 5, at: 1_000, duration: 3 },
      ...{ status: undefined, error: { type: "ECONNREFUSED", message: "no" } },
    },
  ]);
  await clock.advance(100);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    ...{ service: "http", operation: "POST", place: "http://vendor/logs", status: undefined },
    error: { type: "ECONNREFUSED", message: "no" },
  });
});
