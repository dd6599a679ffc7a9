/** The page of `dev`: 100,000 events and more that come, in a browser; and what it costs whoever puts. */
import "../../start/from-sources.ts";
import { setTimeout as pause } from "node:timers/promises";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Feed } from "../../packages/cli/src/page/feed.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { watchStreams } from "../../packages/local/src/run/watch-streams.ts";
import { type Row, type RowSet, race, timesAsLong } from "../harness.ts";
import { firstPaint, launchBrowser, percentile, tasksDuring, watchMarks } from "./browser.ts";
import { eventsOfARun } from "./events.ts";

export const page: RowSet = { name: "page", rows };

const held = 100_000;
const perSecond = 1_000;
const seconds = 10;

async function* rows(): AsyncGenerator<Row> {
  const [{ newFeed }, { servePage }, { pageAssets }] = await Promise.all([
    import("../../packages/cli/src/page/feed.ts"),
    import("../../packages/cli/src/page/server.ts"),
    import("../../packages/cli/src/page/assets.ts"),
  ]);
  const serve = (feed: Feed) =>
    servePage({
      ...{ feed, questions: {}, actions: {} },
      assets: (can) => pageAssets("bench", can),
    });
  yield* inABrowser(newFeed, serve);
  yield await costOfLooking(newFeed, serve);
}

type NewFeed = () => Feed;
type Serve = (feed: Feed) => Promise<{ readonly url: string; close(): Promise<void> }>;

async function* inABrowser(newFeed: NewFeed, serve: Serve): AsyncGenerator<Row> {
  const browser = await launchBrowser();
  if (!browser) {
    console.log("The rows in a browser are left out: there is no chromium.");
    return;
  }
  const feed = newFeed();
  const next = eventsOfARun();
  const began = Date.now() - 60_000;
  for (let n = 0; n < held; n++) feed.add(next(began + (60_000 * n) / held));
  const server = await serve(feed);
  try {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
    const tab = await context.newPage();
    let allShownMs = 0;
    const opening = await tasksDuring(browser, tab, async () => {
      const opened = performance.now();
      await tab.goto(server.url);
      const last = `${(held / 5 / 8).toFixed(0)} deliveries`;
      const lane = tab.locator(`canvas[aria-label*="${last}"]`).first();
      await lane.waitFor({ timeout: 120_000 });
      allShownMs = performance.now() - opened;
    });
    yield {
      name: `opened on ${held.toLocaleString("en")} events`,
      values: {
        firstPaintMs: await firstPaint(tab),
        allShownMs,
        longestTaskMs: opening.longestMs,
        longestTaskWallMs: opening.longestWallMs,
      },
      limits: { firstPaintMs: 300, longestTaskMs: 50 },
    };
    const marks = await watchMarks(tab);
    const following = await tasksDuring(browser, tab, async () => {
      const end = performance.now() + seconds * 1_000;
      for (let n = 0; performance.now() < end; n++) {
        for (let added = 0; added < perSecond / 50; added++) feed.add(next(Date.now()));
        if (n % 10 === 0) feed.add({ type: "note", at: Date.now(), text: `mark at ${Date.now()}` });
        await pause(20);
      }
    });
    const delays = await marks();
    yield {
      name: `${perSecond.toLocaleString("en")} more a second, for ${seconds} s`,
      values: {
        longestTaskMs: following.longestMs,
        longestTaskWallMs: following.longestWallMs,
        shareOfAProcessor: following.share,
        eventToPixelMs: percentile(delays, 0.5),
        eventToPixelP95Ms: percentile(delays, 0.95),
      },
      limits: { longestTaskMs: 50, eventToPixelP95Ms: 150 },
    };
  } finally {
    await browser.close();
    await server.close();
  }
}

const perCall = 100;
const calls = 100;

/** 10,000 records over the wire, with a page that hears of them and without. */
async function costOfLooking(newFeed: NewFeed, serve: Serve): Promise<Row> {
  const plain = await putting(createKinesis());
  const feed = newFeed();
  const inner = createKinesis();
  const watched = watchStreams(inner, (event) => feed.add(event));
  const server = await serve(feed);
  const { origin, searchParams } = new URL(server.url);
  const leave = new AbortController();
  const listening = fetch(`${origin}/api/events?token=${searchParams.get("token")}`, {
    signal: leave.signal,
  });
  void listening
    .then(async ({ body }) => {
      for await (const _ of body ?? []);
    })
    .catch(() => {});
  await listening;
  const looked = await putting(watched.kinesis);
  const times = await race({ looked: looked.put, plain: plain.put }, { rounds: 9, warmUps: 2 });
  leave.abort();
  watched.close();
  await Promise.all([looked.close(), plain.close(), server.close()]);
  const records = perCall * calls;
  return {
    name: "puts over the wire, with a page and without",
    values: {
      timesAsLong: timesAsLong(times.looked, times.plain),
      recordsASecond: Math.round((1_000 * records) / times.looked.medianMs),
    },
    limits: { timesAsLong: 1.05 },
    atLeast: { recordsASecond: 5_000 },
  };
}

async function putting(kinesis: ReturnType<typeof createKinesis>) {
  kinesis.createStream({ name: "orders", shards: 4 });
  const server = await createKinesisServer({ kinesis, limits: false });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new KinesisClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
  const Data = Buffer.from("x".repeat(200));
  const Records = Array.from({ length: perCall }, (_, n) => ({ PartitionKey: `key ${n}`, Data }));
  return {
    async put() {
      for (let call = 0; call < calls; call++) {
        await client.send(new PutRecordsCommand({ StreamName: "orders", Records }));
      }
      return undefined;
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}
