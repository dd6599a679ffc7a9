/** A run as one file: the page, with all that it would ask for, in an HTML file that needs no network. */
import type { DevEvent } from "../events/dev-event.ts";
import type { ProjectMachine } from "../project/machine.ts";
import type { ProgressTables } from "../project/progress-tables.ts";
import { counted } from "../terminal/counted.ts";
import { hashOf, pageFiles, pageHtml } from "./assets.ts";
import { readDeliveries, type ShownDelivery } from "./deliveries.ts";
import type { Feed } from "./feed.ts";
import type { KeptEvents } from "./kept-events.ts";
import { parkedPlaces, readParked, type ShownParked } from "./parked.ts";
import { readEntries, readLogs, type ShownEntry, type ShownLog } from "./progress.ts";
import { readRecords, recordsAt, type ShownRecord } from "./records.ts";

/** What stands in the file. */
export interface Report {
  readonly title: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly events: readonly DevEvent[];
  /** By stream, in the order of their shards. */
  readonly records: Readonly<Record<string, readonly ShownRecord[]>>;
  readonly logs: readonly ShownLog[];
  /** By the name of their log, the newest first. */
  readonly entries: Readonly<Record<string, readonly ShownEntry[]>>;
  readonly parked: readonly ShownParked[];
  readonly deliveries: readonly ShownDelivery[];
  /** Sentences: what there was no room for. */
  readonly leftOut: readonly string[];
}

/** What may stand in the file, in bytes: it goes into a ticket. */
export interface ReportLimits {
  readonly events: number;
  readonly records: number;
  readonly progress: number;
  readonly parked: number;
}

const mega = 1024 * 1024;
export const reportLimits: ReportLimits = {
  ...{ events: 8 * mega, records: 8 * mega, progress: 2 * mega, parked: 4 * mega },
};

export interface ReportSource {
  readonly title: string;
  readonly project: Pick<ProjectMachine, "machine" | "services" | "template">;
  readonly progress: ProgressTables | undefined;
  readonly feed: Feed;
  readonly kept: KeptEvents;
  readonly streams: readonly string[];
  readonly limits?: ReportLimits;
  readonly now?: number;
}

/** Gathers it while the project is still up. */
export async function gatherReport({
  title,
  project,
  progress,
  feed,
  kept,
  streams,
  limits = reportLimits,
  now = Date.now(),
}: ReportSource): Promise<Report> {
  const leftOut: string[] = [];
  const { events, leftOut: eventsLeftOut } = kept.all();
  if (eventsLeftOut > 0) {
    leftOut.push(
      `${counted(eventsLeftOut, "event")}, the oldest of what went well, so that counts and lanes show less than there was`,
    );
  }
  const records: Record<string, readonly ShownRecord[]> = {};
  const room = bounded(limits.records);
  for (const stream of project.services.kinesis ? streams : []) {
    records[stream] = recordsOf(project.services.kinesis!, feed, stream, room);
  }
  if (room.isFull) {
    leftOut.push(
      "records: those that failed, were parked or were skipped are here first, then the oldest",
    );
  }
  const logs = progress ? await readLogs(progress.client, progress.tables, now) : [];
  const entries: Record<string, readonly ShownEntry[]> = {};
  const entryRoom = bounded(limits.progress);
  for (const { name, table } of logs) {
    const { client, tables } = progress!;
    const shown: ShownEntry[] = [];
    entries[name] = shown;
    for (let before: number | undefined; !entryRoom.isFull; before = shown.at(-1)?.n) {
      const asked = { table, log: name, ...(before !== undefined && { before: String(before) }) };
      const page = await readEntries(client, tables, new URLSearchParams(asked));
      shown.push(...page.entries.filter(entryRoom.takes));
      if (!page.more) break;
    }
  }
  if (entryRoom.isFull) leftOut.push("entries of progress logs: the newest are here");
  const parkedRoom = bounded(limits.parked);
  const found = await readParked(parkedPlaces(project, progress));
  const parked = found.filter(parkedRoom.takes);
  if (parked.length < found.length) {
    leftOut.push(`${counted(found.length - parked.length, "parked record")}, the oldest`);
  }
  const deliveries = readDeliveries(project.machine, project.template);
  return { title, at: now, events, records, logs, entries, parked, deliveries, leftOut };
}

/** Takes things until so many bytes are full. */
function bounded(most: number) {
  let bytes = 0;
  const room = {
    isFull: false,
    takes(one: object): boolean {
      bytes += JSON.stringify(one).length;
      if (bytes > most) room.isFull = true;
      return !room.isFull;
    },
  };
  return room;
}

type Kinesis = NonNullable<ProjectMachine["services"]["kinesis"]>;

/** Those with trouble first; all in the order of their shards. */
function recordsOf(
  kinesis: Kinesis,
  feed: Feed,
  stream: string,
  room: ReturnType<typeof bounded>,
): ShownRecord[] {
  const taken = new Map<string, ShownRecord>();
  const take = (record: ShownRecord) => {
    // Its bytes are for who puts it again; here it is read.
    const shown = { ...record, data: "" };
    if (!taken.has(record.position) && room.takes(shown)) taken.set(record.position, shown);
  };
  for (const { fate, shardId } of feed.troubleOf(stream)) {
    if (room.isFull) break;
    const [sequenceNumber = ""] = fate.position.split(".");
    for (const record of recordsAt(kinesis, stream, shardId, [sequenceNumber])) {
      if (record.position === fate.position) take({ ...record, fate });
    }
  }
  for (let from = "TRIM_HORIZON"; !room.isFull; ) {
    const page = readRecords(kinesis, feed, new URLSearchParams({ stream, from }));
    for (const record of page.records) take(record);
    if (page.atTip) break;
    from = page.next;
  }
  const placeOf = ({ position, shardId }: ShownRecord) => {
    const [sequenceNumber = "", sub = "0"] = position.split(".");
    return `${shardId} ${sequenceNumber.padStart(56, "0")} ${sub.padStart(10, "0")}`;
  };
  return [...taken.values()].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** The file's text. Nothing in it is run but the page's own script, and nothing is loaded. */
export async function reportHtml(report: Report): Promise<string> {
  const { css, js } = await pageFiles();
  // As text neither can end the element that it is in.
  const script = js.replace(/<(?=\/script|!--)/gi, "\\x3C");
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(css)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const data = JSON.stringify(report).replaceAll("<", "\\u003c");
  return pageHtml({
    title: report.title,
    can: [],
    head: `<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<style>${css}</style>`,
    behind: `<script type="application/json" id="report">${data}</script>
<script type="module">${script}</script>`,
  });
}
