/** A promise that nobody settles and nothing else to wait for: Lambda's runtime says null then, and null is a batch that is done. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const runtime = fileURLToPath(new URL("empty-loop/runtime.ts", import.meta.url));

const answerOf = async (handler: string) =>
  (await promisify(execFile)(process.execPath, [runtime, handler])).stdout;

it.each(["process", "processBatch", "decode"])(
  "a record whose %s never settles is not done, though nothing else keeps the event loop going",
  async (handler) => {
    expect(await answerOf(handler)).toContain("An effect of c went on after its signal.");
  },
);

it("a transform that never settles fails its record, though nothing else keeps the event loop going", async () => {
  expect(JSON.parse(await answerOf("transform"))).toMatchObject({
    records: [{ result: "ProcessingFailed" }],
  });
});

it.each(["before", "after", "transform, before"])(
  "a middleware that never settles (%s) fails the invocation, and is not taken for a success",
  async (handler) => {
    expect(await answerOf(handler)).toBe("Runtime.NodeJsExit");
  },
);
