import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openKinesis } from "../../../../packages/local/src/kinesis/durable/index.ts";
import { put, stream } from "../simulated.ts";
import { temporaryDirectory } from "./directory.ts";

test("when the disk fails, nothing that was not saved is said to be", async () => {
  const data = temporaryDirectory();
  const kinesis = await openKinesis({ data, segmentBytes: 1 });
  // The next file of the log cannot be made: something else has its name.
  mkdirSync(join(data, "000000000002.log"));
  kinesis.createStream({ name: stream });
  await expect(kinesis.saved()).rejects.toThrow("EISDIR");
  put(kinesis, "unsafe");
  await expect(kinesis.saved()).rejects.toThrow("EISDIR");
  await expect(kinesis.close()).rejects.toThrow("EISDIR");

  rmSync(join(data, "000000000002.log"), { recursive: true });
  const after = await openKinesis({ data });
  expect(after.listStreams()).toEqual([stream]);
  await after.close();
});
