import { readFileSync } from "node:fs";
import { kinesisConsumer, withRuntime } from "shardmill";
import { firehoseEvent, kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { accessLogs, handler, parseAccessLog } from "../../handlers/clean-logs.ts";
import { processorTime } from "../processor-time.ts";
import { world } from "./world.ts";

const eventOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), "utf8"));

const quiet = withRuntime({ awsRequestId: "1" }, { write: () => {} });

/** What becomes of each record: its partition and its line, or its result. */
async function cleaned(event: unknown) {
  const { records } = await handler(event, quiet);
  return records.map(({ result, data, metadata }) =>
    result === "Ok"
      ? [metadata!.partitionKeys, JSON.parse(Buffer.from(data!, "base64").toString())]
      : result,
  );
}

describe("clean-logs", () => {
  it("cleans the lines of its event, by day and status class", async () => {
    const [first, ...others] = await cleaned(eventOf("clean-logs"));
    expect(first).toEqual([
      { day: "2000-10-10", status_class: "2xx" },
      {
        host: "127.0.0.1",
        ident: null,
        user: "frank",
        time: "2000-10-10T20:55:36.000Z",
        method: "GET",
        path: "/apache_pb.gif",
        protocol: "HTTP/1.0",
        status: 200,
        bytes: 2326,
        referer: "http://www.example.com/start.html",
        agent: "Mozilla/4.08 [en] (Win98; I ;Nav)",
      },
    ]);
    expect(others).toMatchObject([
      [
        { day: "2000-10-10", status_class: "3xx" },
        { host: "2001:db8::7", bytes: null },
      ],
      [
        { day: "2000-10-11", status_class: "4xx" },
        { agent: 'A "quoted" agent', referer: null },
      ],
      [
        { day: "2000-10-11", status_class: "5xx" },
        { user: "ann lee", bytes: 0 },
      ],
      [
        { day: "2000-10-11", status_class: "4xx" },
        { method: null, path: null, protocol: null },
      ],
      "Dropped",
      "ProcessingFailed",
    ]);
  });

  it("cleans those that come from a stream", async () => {
    const all = await cleaned(eventOf("clean-logs-from-stream"));
    expect(all).toEqual((await cleaned(eventOf("clean-logs"))).slice(0, 3));
  });

  it.each([
    ["no line at all", "hello"],
    ["the common format", '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1'],
    ["no month", '127.0.0.1 - - [10/Foo/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "-"'],
    ["no day", '127.0.0.1 - - [41/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "-"'],
    ["no time", '127.0.0.1 - - [yesterday] "GET / HTTP/1.0" 200 1 "-" "-"'],
    ["no status", '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" - 1 "-" "-"'],
  ])("fails %s", async (_, line) => {
    expect(await cleaned(firehoseEvent([line]))).toEqual(["ProcessingFailed"]);
  });

  it("reads a request of any kind", () => {
    const line = (request: string) =>
      `h - - [10/Oct/2000:13:55:36 +0000] "${request}" 400 - "-" "-"`;
    expect(parseAccessLog(line("GET /a"))).toMatchObject({ path: "/a", protocol: null });
    expect(parseAccessLog(line("\\x16\\x03"))).toMatchObject({ method: null, path: null });
    expect(parseAccessLog(line('GET /\\"a\\" HTTP/1.1'))).toMatchObject({ path: '/"a"' });
  });

  it("takes a user for what it is, whatever is in it", () => {
    const line = (user: string) =>
      `h - ${user} [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "-"`;
    for (const user of ["a [b", "[x]", 'a "b"', "a [10/Oct/2000:13:55:36 +0000] b", "a] ["]) {
      expect(parseAccessLog(line(user))).toMatchObject({ user, status: 200 });
    }
  });

  const time = "[10/Oct/2000:13:55:36 +0000]";
  it.each([
    ["brackets", (count: number) => ` [${"x [".repeat(count)}`, 300_000],
    ["times", (count: number) => `${` ${time}`.repeat(count)}`, 30_000],
    ["requests", (count: number) => ` ${`${time} "GET" `.repeat(count)}`, 30_000],
    ["requests that do not end", (count: number) => ` ${time} "${"x".repeat(count)}`, 1_000_000],
    ["quotes in a request", (count: number) => ` ${time} "${'\\"'.repeat(count)}`, 500_000],
    [
      "quotes behind a request",
      (count: number) => ` ${time} "" 200 1 ${'"'.repeat(count)}`,
      1_000_000,
    ],
    ["agents", (count: number) => ` ${time} "" 200 1 ${'"-" '.repeat(count)}`, 250_000],
    ["words", (count: number) => "x ".repeat(count), 500_000],
    ["spaces", (count: number) => " ".repeat(count), 1_000_000],
  ])("a megabyte of %s takes no time to speak of", (_, rest, count) => {
    const start = processorTime();
    expect(parseAccessLog(`a b c${rest(count)}`)).not.toHaveProperty("host");
    expect(processorTime() - start).toBeLessThan(5000);
  });

  it("serves a stream as well", async () => {
    const { finish, runtime } = world();
    const seen: unknown[] = [];
    const onStream = kinesisConsumer({
      consumer: "logs",
      pipeline: accessLogs,
      runtime,
      process: ({ value, partition }) => void seen.push([value.host, partition]),
    });
    const line = 'h - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "-"';
    expect(await finish(onStream(kinesisEvent([line])))).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([["h", { day: "2000-10-10", status_class: "2xx" }]]);
  });
});
