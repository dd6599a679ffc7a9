/** Bodies are read whole, and what they take is given back, however they end. */
import { once } from "node:events";
import { type ClientRequest, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HttpRefusal } from "../../../packages/services/src/http/caller.ts";
import { requestReader } from "../../../packages/services/src/http/request.ts";

let server: Server;
/** What came of each request, in order. */
let read: string[];

beforeEach(async () => {
  const reader = requestReader([], { maxInFlightBytes: 1_000 });
  read = [];
  server = createServer((request, response) => {
    reader(request).then(
      ({ body }) => {
        read.push(body.toString());
        response.end();
      },
      (error: HttpRefusal) => {
        read.push(error.message);
        response.writeHead(error.status ?? 500).end();
      },
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function post(): ClientRequest {
  const { port } = server.address() as AddressInfo;
  return request({ host: "127.0.0.1", port, method: "POST" }).on("error", () => {});
}

async function answered(asking: ClientRequest): Promise<number | undefined> {
  const [response] = await once(asking, "response");
  response.resume();
  return response.statusCode;
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await pause(5);
};

test("a body that comes in pieces is one", async () => {
  const asking = post();
  for (const piece of ["a", "b", "c"]) {
    asking.write(piece);
    await pause(10);
  }
  expect(await answered(asking.end("d"))).toBe(200);
  expect(read).toEqual(["abcd"]);
});

test("a request without a body has an empty one", async () => {
  expect(await answered(post().end())).toBe(200);
  expect(read).toEqual([""]);
});

test("what bodies take together is bounded, and free once they are answered", async () => {
  const first = post();
  first.write("a".repeat(600));
  await pause(50);
  expect(await answered(post().end("b".repeat(600)))).toBe(503);
  expect(await answered(first.end())).toBe(200);
  expect(await answered(post().end("c".repeat(600)))).toBe(200);
  expect(read.map((text) => text.slice(0, 8))).toEqual(["Too many", "aaaaaaaa", "cccccccc"]);
});

test("a request that breaks off is told of, and takes nothing any more", async () => {
  const first = post();
  first.write("a".repeat(600));
  await pause(50);
  first.destroy();
  await until(() => read.length > 0);
  expect(read).toEqual(["aborted"]);
  expect(await answered(post().end("b".repeat(600)))).toBe(200);
});
