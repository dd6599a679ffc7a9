/** `shardmill replay --report`: what stands in the file, and what does not where there is no room. */
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DevEvent, FatesTold } from "../../packages/cli/src/events/dev-event.ts";
import { newFeed } from "../../packages/cli/src/page/feed.ts";
import { keptEvents } from "../../packages/cli/src/page/kept-events.ts";
import { gatherReport, reportHtml, reportLimits } from "../../packages/cli/src/page/report.ts";
import type { ProjectMachine } from "../../packages/cli/src/project/machine.ts";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { replaySettings } from "../../packages/cli/src/replay/settings.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { fn, mapping, project, stream, template } from "../local/run/templates.ts";

const line = (text: string, requestId?: string): DevEvent => ({
  ...{ type: "log", at: 0, functionName: "orders", line: text, stream: "stdout" },
  ...{ environmentId: "one", ...(requestId !== undefined && { requestId }) },
});
const note = (text: string): DevEvent => ({ type: "note", at: 0, text });
const batch = (requestId: string, outcome: "failure" | "success"): DevEvent => ({
  ...{ type: "batch", at: 0, functionName: "orders", stream: "orders", requestId, outcome },
  ...{ shardId: "shardId-000000000000", batchSize: 1, attempt: 1, duration: 1, iteratorAge: 1 },
  ...{ response: null, next: { step: "done" }, sequenceNumbers: ["1"] },
});

const length = (events: readonly DevEvent[]) =>
  events.reduce((sum, event) => sum + JSON.stringify(event).length, 0);

test("whatever comes, the events kept are within bounds, in order, and the rest is counted", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(line, note), fc.nat(300)), { maxLength: 60 }),
      fc.integer({ min: 500, max: 5_000 }),
      (drawn, most) => {
        const kept = keptEvents(most);
        const given = drawn.map(([make, size], n) => make(`${n} ${"x".repeat(size)}`));
        for (const event of given) kept.add(event);
        const { events, leftOut } = kept.all();
        expect(length(events)).toBeLessThanOrEqual(Math.max(most, length(given.slice(-1)), 500));
        expect(events.length + leftOut).toBe(given.length);
        const places = events.map((event) => given.findIndex((one) => same(one, event)));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
      },
    ),
  );
});

const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);

test("trouble stays when what went well has to go, and what was said in it too", () => {
  const kept = keptEvents(20_000);
  kept.add(line("just before it broke", "bad"));
  kept.add(batch("bad", "failure"));
  for (let n = 0; n < 1_000; n++) {
    kept.add(line(`all is well ${n}`, `good ${n}`));
    kept.add(batch(`good ${n}`, "success"));
  }
  const { events, leftOut } = kept.all();
  expect(leftOut).toBeGreaterThan(1_800);
  expect(events.slice(0, 2)).toEqual([
    line("just before it broke", "bad"),
    batch("bad", "failure"),
  ]);
  expect(events.at(-1)).toEqual(batch("good 999", "success"));
});

describe("with more records than there is room for", () => {
  test("those with trouble are in the report, and a sentence says that others are not", async () => {
    const kinesis = createKinesis();
    kinesis.createStream({ name: "orders", shards: 1 });
    const feed = newFeed();
    let last = { shardId: "", sequenceNumber: "" };
    for (let n = 0; n < 500; n++) {
      const data = Buffer.from(JSON.stringify({ id: n, text: "x".repeat(100) }));
      last = kinesis.putRecord({ stream: "orders", partitionKey: `key ${n}`, data });
    }
    const position = last.sequenceNumber;
    const fates: FatesTold = {
      ...{ type: "fates", at: 0, functionName: "orders", stream: "orders", requestId: "one" },
      shardId: last.shardId,
      records: [{ position, partitionKey: "key 499", outcome: "parked", why: "It failed." }],
    };
    feed.add(fates);
    const nothing = {
      template: { buckets: [], deliveryStreams: [] },
      machine: { endpoints: {} },
    } as unknown as Pick<ProjectMachine, "machine" | "template">;
    const services = { kinesis } as unknown as Parameters<
      typeof gatherReport
    >[0]["project"]["services"];
    const report = await gatherReport({
      ...{ title: "a run", project: { ...nothing, services }, progress: undefined, feed },
      ...{ kept: keptEvents(1_000), streams: ["orders"], now: 0 },
      limits: { ...reportLimits, records: 20_000 },
    });
    const shown = report.records.orders!;
    expect(JSON.stringify(shown).length).toBeLessThan(21_000);
    expect(shown.at(-1)).toMatchObject({ position, fate: { outcome: "parked" } });
    expect(shown[0]).toMatchObject({ partitionKey: "key 0" });
    expect(report.leftOut).toEqual([expect.stringMatching(/^records: those that failed/)]);
  });
});

test("what payloads say cannot end the element they stand in, and only the page's own script may run", async () => {
  const hostile = `</script><script>alert(1)</script><!-- \u2028 ${String.fromCharCode(27)}[31m`;
  const report = {
    ...{ title: `replay "${hostile}"`, at: 0, events: [note(hostile)], records: {}, logs: [] },
    ...{ entries: {}, parked: [], deliveries: [], leftOut: [] },
  };
  const html = await reportHtml(report);
  expect(html.match(/<script/g)).toHaveLength(2);
  const [, data = ""] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(html)!;
  expect(JSON.parse(data)).toEqual(report);
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html)!;
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-/);
});

test("a file that cannot be written is said before anything is replayed", async () => {
  const at = project({ "orders.ts": "export const handler = async () => {};", "a.ndjson": "{}\n" });
  let err = "";
  const status = await replayCommand(
    ["orders", at.at("a.ndjson"), "--report", "nowhere/run.html"],
    {
      out: { write: () => {} },
      err: { write: (text) => (err += text) },
      signal: new AbortController().signal,
      ...{ cwd: at.root, env: {} },
      readTemplate: async () =>
        template(at.root, {
          streams: [stream("orders")],
          functions: [fn("orders", at.at("orders.ts"))],
          mappings: [mapping("orders", "orders")],
        }),
    },
  );
  expect(status).toBe(1);
  expect(err).toMatch(/--report: .*nowhere\/run\.html cannot be written: ENOENT/);
});

test.each([
  [["--open"], /--open opens the page: give --page with it/],
  [["--report", "records.ndjson"], /--report takes a file whose name ends with \.html/],
])("%j is refused", (args, message) => {
  expect(() => replaySettings(["orders", "a.ndjson", ...args])).toThrow(message);
});

test("a function without shardmill has a report too", async () => {
  const at = project({
    "orders.ts": "export const handler = async () => console.log('hello');",
    "a.ndjson": '{"id":1}\n',
  });
  const status = await replayCommand(["orders", at.at("a.ndjson"), "--report", "run.html"], {
    out: { write: () => {} },
    err: { write: () => {} },
    signal: new AbortController().signal,
    ...{ cwd: at.root, env: {} },
    readTemplate: async () =>
      template(at.root, {
        streams: [stream("orders")],
        functions: [fn("orders", at.at("orders.ts"))],
        mappings: [mapping("orders", "orders")],
      }),
  });
  expect(status).toBe(0);
  expect(existsSync(at.at("run.html"))).toBe(true);
  const [, data = ""] = /id="report">(.*?)<\/script>/s.exec(
    readFileSync(at.at("run.html"), "utf8"),
  )!;
  const { events, records } = JSON.parse(data);
  expect(records.orders).toMatchObject([{ text: '{"id": 1}' }]);
  expect(events.map(({ type }: DevEvent) => type)).toEqual(
    expect.arrayContaining(["ready", "put", "delivering", "log", "batch", "checkpoint", "ended"]),
  );
});
