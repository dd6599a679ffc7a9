import { createServer } from "node:net";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { kinesisCommand } from "../../packages/cli/src/kinesis/command.ts";
import { temporaryDirectory } from "../local/kinesis/durable/directory.ts";

/** Runs the command; `listening` is called with what it announces, and then it is ended. */
async function run(args: string[], listening?: (announced: any) => Promise<void>) {
  const ended = new AbortController();
  let err = "";
  let out = "";
  let served: Promise<void> | undefined;
  const status = await kinesisCommand(args, {
    signal: ended.signal,
    err: { write: (text) => (err += text) },
    out: {
      write(text) {
        out += text;
        if (listening) served = listening(JSON.parse(text)).finally(() => ended.abort());
        return true;
      },
    },
  });
  await served;
  return { status, out, err };
}

const credentials = { accessKeyId: "a", secretAccessKey: "b" };

test("it serves the streams that it was asked for, and keeps them in the directory", async () => {
  const data = temporaryDirectory();
  const names = async ({ endpoint }: { endpoint: string }) => {
    const client = new KinesisClient({ endpoint, region: "us-east-1", credentials });
    const { StreamNames } = await client.send(new ListStreamsCommand({}));
    expect(StreamNames).toEqual(["clicks", "orders"]);
    client.destroy();
  };
  const common = ["--port", "0", "--json", "--data", data];
  const first = await run([...common, "--stream", "orders:4", "--stream", "clicks:1"], names);
  expect(first).toMatchObject({ status: 0, err: "" });
  const second = await run([...common, "--stream", "orders:2"], names);
  expect(second).toMatchObject({ status: 0, err: "" });
});

test("it answers the web pages that it was told to, and no others", async () => {
  const page = "http://localhost:5173";
  const { status } = await run(["--port", "0", "--json", "--cors", page], async ({ endpoint }) => {
    const asked = { "Access-Control-Request-Method": "POST" };
    const preflight = async (Origin: string) =>
      (await fetch(endpoint, { method: "OPTIONS", headers: { Origin, ...asked } })).status;
    expect([await preflight(page), await preflight("http://localhost:5174")]).toEqual([204, 405]);
  });
  expect(status).toBe(0);
});

test("a port in use is said to be in use, with status 1", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const { status, err } = await run(["--port", String(port)]);
  expect(status).toBe(1);
  expect(err).toContain(`Cannot listen on 127.0.0.1 port ${port}: it is in use.`);
  other.close();
});

test("a stream that is named twice ends it with status 1, and frees the port", async () => {
  const other = createServer();
  const listening = (port: number) =>
    new Promise<void>((resolve, reject) => {
      other.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
  const closed = () => new Promise((resolve) => other.close(resolve));
  await listening(0);
  const { port } = other.address() as { port: number };
  await closed();
  const streams = ["--stream", "a:1", "--stream", "a:2"];
  const { status, out, err } = await run(["--port", String(port), ...streams]);
  expect({ status, out }).toEqual({ status: 1, out: "" });
  expect(err).toContain("already exists");
  await listening(port);
  await closed();
});

test.each([
  [["--port", "seventy"], "--port takes a whole number from 0 to 65535, not seventy."],
  [["--stream", "a b"], "--stream takes NAME:SHARDS, not a b."],
  [["--cors", "*"], "--cors takes the origin of a web page, such as http://localhost:5173, not *."],
  [["--throttle", "PutEverything=0.1"], "--throttle takes an action and a number from 0 to 1"],
  [["--throttle", "PutRecords=2"], "such as PutRecords=0.1, not PutRecords=2."],
  [["--tls-cert", "cert.pem"], "--tls-cert and --tls-key belong together."],
  [["--colour"], "there is no option --colour."],
])("the command line %j is refused with status 2", async (args, message) => {
  const { status, err } = await run(args);
  expect(status).toBe(2);
  expect(err).toContain(message);
  expect(err).toContain("--help");
});

test("--help says what every option does", async () => {
  const { status, out } = await run(["--help"]);
  expect(status).toBe(0);
  for (const option of [
    "--port",
    "--data",
    "--no-limits",
    "--tls",
    "--stream",
    "--cors",
    "--json",
  ]) {
    expect(out).toContain(option);
  }
});
