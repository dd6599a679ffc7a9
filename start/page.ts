/** `npm start -- --page`: the page of `dev` over this run, with a room where the bars of airports grow. */

import { documentClient } from "../packages/cli/src/aws/table.ts";
import type { DevEvent } from "../packages/cli/src/events/dev-event.ts";
import { eventTeller } from "../packages/cli/src/events/teller.ts";
import { witnessIn } from "../packages/cli/src/events/witness.ts";
import { pageAssets } from "../packages/cli/src/page/assets.ts";
import { newFeed } from "../packages/cli/src/page/feed.ts";
import { readEntries, readLogs } from "../packages/cli/src/page/progress.ts";
import { readRecords } from "../packages/cli/src/page/records.ts";
import { servePage } from "../packages/cli/src/page/server.ts";
import { batchShown } from "../packages/cli/src/page/start.ts";
import type { Kinesis } from "../packages/local/src/kinesis/types.ts";
import type { MachineEvent } from "../packages/local/src/run/events.ts";
import { growingCounts } from "./counts.ts";

const shownAirports = 15;
const intervalSeconds = 10;

export interface FlightsPage {
  readonly url: string;
  readonly onEvent: (event: MachineEvent) => void;
  /** A flight was counted. */
  counted(airport: string): void;
  /** The run is over; resolves when nobody may want to look any more. */
  end(text: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Starts it. `dynamodb`: the endpoint of the tables. */
export async function flightsPage(
  kinesis: Kinesis,
  dynamodb: string,
  functionName: string,
): Promise<FlightsPage> {
  const feed = newFeed();
  const counts = growingCounts(intervalSeconds);
  const tables = ["progress"];
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = documentClient({ endpoint: dynamodb, region: "us-east-1", credentials });
  const witness = witnessIn(client, tables);
  const tell = (event: DevEvent) => feed.add(event);
  const { event: onEvent, settled } = eventTeller(tell, () => witness);
  const page = await servePage({
    feed,
    assets: () => pageAssets("shardmill: npm start", ["counts"]),
    questions: {
      counts: () => counts.shown(shownAirports),
      batch: (query) => batchShown(feed, kinesis, query),
      fates: (query) => feed.fatesAfter(query.get("stream") ?? "", Number(query.get("after") ?? 0)),
      records: (query) => readRecords(kinesis, feed, query),
      progress: () => readLogs(client, tables, Date.now()),
      entries: (query) => readEntries(client, tables, query),
      parked: () => [],
    },
    actions: {},
  });
  tell({
    ...{ type: "ready", at: Date.now(), template: "start/flights.ts", endpoints: { dynamodb } },
    ...{ page: page.url, bucketFolder: "", milliseconds: 0, region: "us-east-1" },
    ...{ streams: ["flights"], functions: [functionName], tables: ["counts", ...tables] },
    ...{ queues: [], topics: [], buckets: [], deliveryStreams: [], unsupported: [] },
  });
  return {
    url: page.url,
    onEvent,
    counted: counts.add,
    async end(text, signal) {
      await settled();
      tell({ type: "ended", at: Date.now(), text });
      const alive = setInterval(() => {}, 2 ** 30);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      clearInterval(alive);
    },
    async close() {
      await page.close();
      client.destroy();
    },
  };
}
