import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { newFeed } from "../../packages/cli/src/page/feed.ts";
import { PageRefusal, type PageServer, servePage } from "../../packages/cli/src/page/server.ts";

let server: PageServer | undefined;
afterEach(() => server?.close());

const token = "0123456789abcdef0123456789abcdef";

async function serve(feed = newFeed()) {
  const done: unknown[] = [];
  server = await servePage({
    ...{ feed, token },
    assets: async () => ({ "/": { type: "text/html", body: "<p>page" } }),
    questions: { name: (query) => query.get("of") },
    actions: {
      put(input) {
        if (input.stream === "none") throw new PageRefusal("There is no stream none here.");
        done.push(input);
        return { ok: true };
      },
    },
  });
  const { origin, port } = new URL(server.url);
  const post = (headers: Record<string, string>, body = "{}") =>
    fetch(`${origin}/api/put`, {
      ...{ method: "POST", body },
      headers: { "content-type": "application/json", "x-shardmill-token": token, ...headers },
    });
  return { feed, done, origin, port: Number(port), post };
}

/** As no browser and no fetch would send it: with any Host. */
function raw(port: number, ...lines: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
    socket.on("data", (data) => {
      text += data;
      socket.end();
    });
    socket.on("close", () => resolve(text));
  });
}

test("the page itself is there without the token, and lets no script in but its own", async () => {
  const { origin } = await serve();
  const response = await fetch(origin);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
  expect(response.headers.get("referrer-policy")).toBe("no-referrer");
});

test("without the token nothing is told, and nothing is done", async () => {
  const { done, origin, post } = await serve();
  for (const path of ["/api/name", "/api/events", `/api/name?token=${token.replace("0", "1")}`]) {
    expect((await fetch(origin + path)).status).toBe(403);
  }
  expect((await post({ "x-shardmill-token": "" })).status).toBe(403);
  expect(done).toEqual([]);
  expect(await (await fetch(`${origin}/api/name?of=a&token=${token}`)).json()).toBe("a");
});

test("pages of other origins are refused, whatever they send", async () => {
  const { done, origin, port, post } = await serve();
  const others: Record<string, string>[] = [
    { origin: "http://evil.example" },
    { origin: `http://localhost:${port + 1}` },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ];
  for (const headers of others) expect((await post(headers)).status).toBe(403);
  expect(done).toEqual([]);
  // What a form can send without being asked for.
  expect((await post({ "content-type": "text/plain" })).status).toBe(415);
  expect((await fetch(`${origin}/api/put?token=${token}`, { method: "POST" })).status).toBe(415);
  expect(done).toEqual([]);
  expect((await post({ origin, "sec-fetch-site": "same-origin" })).status).toBe(200);
  expect(done).toEqual([{}]);
});

test("a name that was pointed at this machine is no name of the page", async () => {
  const { port } = await serve();
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    `127.0.0.1:${port + 1}`,
    "",
  ]) {
    expect(await raw(port, "GET / HTTP/1.1", `Host: ${host}`), host).toMatch(/^HTTP\/1\.1 403/);
  }
  for (const host of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
    expect(await raw(port, "GET / HTTP/1.1", `Host: ${host}:${port}`)).toMatch(/^HTTP\/1\.1 200/);
  }
});

test("a mistake is answered in words, and a token in the address is none for what changes something", async () => {
  const { origin, post } = await serve();
  const refused = await post({}, '{"stream":"none"}');
  expect(refused.status).toBe(422);
  expect(await refused.json()).toEqual({ message: "There is no stream none here." });
  expect((await post({}, "no json")).status).toBe(400);
  expect((await post({}, "[".repeat(3_000_000))).status).toBe(413);
  const byAddress = await fetch(`${origin}/api/put?token=${token}`, {
    ...{ method: "POST", body: "{}", headers: { "content-type": "application/json" } },
  });
  expect(byAddress.status).toBe(403);
  expect((await fetch(`${origin}/api/constructor?token=${token}`)).status).toBe(405);
});

/** Messages of the stream until so many events were in them. */
async function events(origin: string, query: string, wanted: number, headers = {}) {
  const end = new AbortController();
  const response = await fetch(`${origin}/api/events?token=${token}${query}`, {
    ...{ headers, signal: end.signal },
  });
  let text = "";
  const found: { type: string; text?: string; missed?: number }[] = [];
  let last = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n")) {
      const message = text.slice(0, at);
      text = text.slice(at + 2);
      const [, id] = /^id: (\d+)$/m.exec(message) ?? [];
      const [, data] = /^data: (.*)$/m.exec(message) ?? [];
      if (data === undefined) continue;
      last = id!;
      found.push(...JSON.parse(data));
    }
    if (found.length >= wanted) break;
  }
  end.abort();
  return { found, last };
}

const note = (text: string) => ({ type: "note", at: 0, text }) as const;

test("whoever comes back gets what came meanwhile, once", async () => {
  const { feed, origin } = await serve();
  for (const text of ["a", "b", "c"]) feed.add(note(text));
  const first = await events(origin, "", 3);
  expect(first.found.map(({ text }) => text)).toEqual(["a", "b", "c"]);
  for (const text of ["d", "e"]) feed.add(note(text));
  const byHeader = await events(origin, "", 2, { "last-event-id": first.last });
  expect(byHeader.found.map(({ text }) => text)).toEqual(["d", "e"]);
  expect((await events(origin, `&after=${first.last}`, 2)).found).toEqual(byHeader.found);
  // A number of an earlier run: everything of this one.
  expect((await events(origin, "&after=1000", 5)).found).toHaveLength(5);
});

test("events that come later are sent as they come", async () => {
  const { feed, origin } = await serve();
  const hearing = events(origin, "", 1);
  await expect.poll(() => feed.add(note("late")) ?? true).toBe(true);
  expect((await hearing).found[0]).toMatchObject({ text: "late" });
});

test("what was forgotten before it was sent is said", async () => {
  const feed = newFeed({ events: 10 });
  const { origin } = await serve(feed);
  for (let n = 1; n <= 25; n++) feed.add(note(String(n)));
  const { found } = await events(origin, "&after=5", 11);
  expect(found[0]).toEqual({ type: "gap", missed: 10 });
  expect(found.slice(1).map(({ text }) => text)).toEqual(
    Array.from({ length: 10 }, (_, n) => String(16 + n)),
  );
});
