/** What `shardmill dev` tells as events: `--json` prints them, the page shows them. */
import type { DevEvent } from "../events/dev-event.ts";
import { fatesTold, parkedTold } from "../events/fates.ts";
import { errorTold, machineEvents } from "../events/tell.ts";
import type { Witness } from "../events/witness.ts";
import { type DevReport, unwatchedText } from "./report.ts";

/** `witness` is asked once the machine is up. */
export function eventsReport(
  tell: (event: DevEvent) => void,
  witness: () => Witness | undefined,
  now: () => number = Date.now,
): DevReport {
  const toldOf = machineEvents(now);
  const nobody: Witness = async () => new Map();
  return {
    event(event) {
      if (event.type !== "fates") return tell(toldOf(event));
      void fatesTold(event, witness() ?? nobody).then((fates) => {
        tell(fates);
        for (const parked of parkedTold(fates)) tell(parked);
      });
    },
    note: (text) => tell({ type: "note", at: now(), text }),
    unwatched: ({ message }) => tell({ type: "note", at: now(), text: unwatchedText(message) }),
    built: (functionName, saved) => tell({ type: "built", at: now(), functionName, saved }),
    broken: (functionName, error) =>
      tell({ type: "broken", at: now(), functionName, error: errorTold(error) }),
    sourcesChanged: (files) => tell({ type: "sourcesChanged", at: now(), files }),
    ready({ template, machine, bucketFolder }, milliseconds, page) {
      const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
      tell({
        ...{ type: "ready", at: now(), template: template.file, endpoints: machine.endpoints },
        ...(machine.address !== undefined && { address: machine.address }),
        ...(page !== undefined && { page }),
        ...{ bucketFolder, milliseconds: Math.round(milliseconds), region: template.region },
        streams: names(template.streams),
        functions: names(template.functions),
        tables: names(template.tables),
        queues: names(template.queues),
        topics: names(template.topics),
        buckets: names(template.buckets),
        deliveryStreams: names(template.deliveryStreams),
        unsupported: template.unsupported,
      });
    },
  };
}

/** Tells all of them. */
export function everyReport(reports: readonly DevReport[]): DevReport {
  const each =
    <A extends unknown[]>(call: (report: DevReport, ...args: A) => void) =>
    (...args: A) => {
      for (const report of reports) call(report, ...args);
    };
  return {
    event: each((report, event) => report.event(event)),
    note: each((report, text) => report.note(text)),
    unwatched: each((report, error) => report.unwatched(error)),
    built: each((report, name, saved) => report.built(name, saved)),
    broken: each((report, name, error) => report.broken(name, error)),
    sourcesChanged: each((report, files) => report.sourcesChanged(files)),
    ready: each((report, ...ready) => report.ready(...ready)),
  };
}
