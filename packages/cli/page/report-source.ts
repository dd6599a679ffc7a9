/** A report: what a page would ask a command is answered from the file, which has everything in it. */
import { newFeed } from "../src/page/feed.ts";
import { matches } from "../src/page/match.ts";
import type { RecordsAnswer, ShownRecord } from "../src/page/records.ts";
import type { Report } from "../src/page/report.ts";
import type { Source } from "./source.ts";

type Query = Readonly<Record<string, string | undefined>>;

const all = Number.POSITIVE_INFINITY;
const mostShown = 200;

export function reportSource(report: Report): Source {
  // Its bounds are those of the file.
  const feed = newFeed({ events: 2 ** 31, bytes: all, fates: all });
  for (const event of report.events) feed.add(event);
  const answers: Readonly<Record<string, (query: Query) => unknown>> = {
    batch({ function: functionName = "", request = "" }) {
      const detail = feed.detail(functionName, request);
      if (!detail) throw new Error("That batch is not in this report.");
      const [delivery] = detail.deliveries;
      const numbers = new Set(delivery?.sequenceNumbers);
      const ofStream = report.records[delivery?.stream ?? ""] ?? [];
      const records = ofStream.filter((record) => numbers.has(record.position.split(".")[0]!));
      return { ...detail, records, left: 0 };
    },
    fates: ({ after, stream = "" }) => feed.fatesAfter(stream, Number(after ?? 0)),
    records: (query) => page(report.records[query.stream ?? ""] ?? [], query, feed.fateOf),
    progress: () => report.logs,
    entries: ({ log = "" }) => ({ entries: report.entries[log] ?? [], more: false }),
    parked: () => report.parked,
    deliveries: () => report.deliveries,
  };
  return {
    listen(hear, changed) {
      changed("report");
      hear(feed.after(0, all).events.map((text) => JSON.parse(text)));
    },
    ask: async <T>(name: string, query: Query) => answers[name]!(query) as T,
    act: () => Promise.reject(new Error("A report can only be read.")),
  };
}

/** `from`: as the command takes it, but for `LATEST`, which has nothing to come. */
function page(
  records: readonly ShownRecord[],
  { from = "", search = "", shard = "", stream = "" }: Query,
  fateOf: ReturnType<typeof newFeed>["fateOf"],
): RecordsAnswer {
  const wanted = search.toLowerCase();
  const found: ShownRecord[] = [];
  const [, begin = "0", first = from] = /^after (\d+) from (.*)$/.exec(from) ?? [];
  let next = Number(begin);
  for (; next < records.length && found.length < mostShown; next++) {
    const fate = fateOf(stream, records[next]!.position);
    const record = { ...records[next]!, ...(fate && { fate }) };
    if (shard !== "" && record.shardId !== shard) continue;
    if (!isFrom(record, first) || !matches(record, wanted)) continue;
    found.push(record);
  }
  return {
    ...{ records: found, looked: next, atTip: next >= records.length },
    next: `after ${next} from ${first}`,
  };
}

function isFrom({ arrivedAt, position }: ShownRecord, from: string): boolean {
  if (from === "LATEST") return false;
  if (!/^\d+$/.test(from)) return true;
  return from.length > 20
    ? position.split(".")[0]!.padStart(60, "0") >= from.padStart(60, "0")
    : arrivedAt >= Number(from);
}
