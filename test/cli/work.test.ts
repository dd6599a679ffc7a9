/** `shardmill work` and `shardmill leases`, against the local Kinesis and the local DynamoDB. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leasesCommand } from "../../packages/cli/src/leases/command.ts";
import { workCommand } from "../../packages/cli/src/work/command.ts";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import {
  createKinesisServer,
  type KinesisServer,
} from "../../packages/local/src/kinesis/server/index.ts";

const kinesis = createKinesis();
let server: KinesisServer;
let db: DynamoDb;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = await createKinesisServer({ kinesis });
  db = await createDynamoDb();
  folder = await mkdtemp(join(tmpdir(), "work-"));
  env = { AWS_ENDPOINT_URL_KINESIS: server.endpoint, AWS_ENDPOINT_URL_DYNAMODB: db.endpoint };
  await writeFile(join(folder, "handler.mjs"), "export const handler = () => {};");
  kinesis.createStream({ name: "orders" });
});

afterAll(async () => {
  await server.close();
  await db.close();
  await rm(folder, { recursive: true });
});

function outputs() {
  const texts = { out: "", err: "" };
  return {
    texts,
    given: {
      env,
      out: { write: (text: string) => (texts.out += text) },
      err: { write: (text: string) => (texts.err += text) },
    },
  };
}

const leases = async (...args: string[]) => {
  const { texts, given } = outputs();
  return { status: await leasesCommand(args, given), ...texts };
};

it.each([
  ["polls", "billing", []],
  ["reads by fan-out", "pushes", ["--fan-out"]],
])("%s until it is stopped, and the leases show where it stood", async (_, application, args) => {
  kinesis.putRecord({ stream: "orders", partitionKey: "a", data: Buffer.from("a") });
  const { sequenceNumber } = kinesis.putRecord({
    stream: "orders",
    partitionKey: "b",
    data: Buffer.from("b"),
  });
  const stop = new AbortController();
  const lines: string[] = [];
  const { given } = outputs();
  const status = await workCommand(
    [
      ...[join(folder, "handler.mjs"), "--stream", "orders", "--application", application],
      ...["--json", ...args],
    ],
    {
      ...given,
      signal: stop.signal,
      out: {
        write(text: string) {
          lines.push(text);
          if (text.includes('"type":"batch"')) stop.abort();
        },
      },
    },
  );
  expect(status).toBe(0);
  expect(lines.map((line) => JSON.parse(line).type)).toEqual(["taken", "batch", "givenBack"]);
  const shown = await leases("show", "--application", application);
  expect(shown).toEqual({
    status: 0,
    out: expect.stringMatching(
      new RegExp(`^shardId-000000000000  ${sequenceNumber}  nobody  counter \\d+\n$`),
    ),
    err: "",
  });
  const consumers = kinesis.listStreamConsumers({ stream: "orders" });
  expect(consumers.map(({ name }) => name)).toEqual(args.length > 0 ? [application] : []);
  const none = await leases(
    "release",
    "--application",
    "billing",
    "--shard",
    "shardId-000000000000",
  );
  expect(none.err).toContain("nobody has such a lease");
});

it("releases the leases of a worker that is gone", async () => {
  const stop = new AbortController();
  const { given } = outputs();
  let id = "";
  await workCommand([join(folder, "handler.mjs"), "--stream", "orders", "--application", "gone"], {
    ...given,
    signal: stop.signal,
    err: { write: (text: string) => (id ||= text.split(" ")[0]!) },
    out: {
      write(text: string) {
        if (!text.includes("taken")) return;
        void leases("release", "--application", "gone", "--worker", id, "--json").then(
          ({ out }) => {
            expect(JSON.parse(out)).toEqual({ key: "shardId-000000000000", released: true });
            stop.abort();
          },
        );
      },
    },
  });
  expect(id).toMatch(/:[0-9a-f]{12}:shardmill$/);
});

it("says what is wrong with a command line, a file and a table", async () => {
  const fail = async (...args: string[]) => {
    const { texts, given } = outputs();
    return `${await workCommand(args, given)} ${texts.err}`;
  };
  const where = ["--stream", "orders", "--application", "billing"];
  expect(await fail()).toMatch(/^2 .*which file has the handler/);
  expect(await fail("a.mjs", "--stream", "orders")).toMatch(/^2 .*which application/);
  expect(await fail("nowhere.mjs", ...where)).toMatch(
    /^1 .*nowhere.mjs cannot be loaded: there is no such file/,
  );
  expect(await fail(join(folder, "handler.mjs"), ...where, "--handler", "main")).toMatch(
    /^2 .*exports no function main/,
  );
  expect(await fail("a.mjs", ...where, "--from", "soon")).toMatch(/^2 .*--from takes/);
  expect((await leases("show")).err).toContain("which table?");
  expect((await leases("show", "--table", "nothing")).err).toContain(
    "there is no lease table nothing",
  );
});
