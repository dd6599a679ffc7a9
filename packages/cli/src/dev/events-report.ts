/** What `shardmill dev` tells as events: `--json` prints them, the page shows them. */
import type { DevEvent } from "../events/dev-event.ts";
import { errorTold } from "../events/tell.ts";
import { eventTeller, readyTold } from "../events/teller.ts";
import type { WindowsWatch } from "../events/windows.ts";
import type { Witness } from "../events/witness.ts";
import { type DevReport, unwatchedText } from "./report.ts";

/** `witness` is asked once the machine is up. */
export function eventsReport(
  tell: (event: DevEvent) => void,
  witness: () => Witness | undefined,
  windows?: WindowsWatch,
  now: () => number = Date.now,
): DevReport {
  return {
    event: eventTeller(tell, witness, windows, now).event,
    note: (text) => tell({ type: "note", at: now(), text }),
    unwatched: ({ message }) => tell({ type: "note", at: now(), text: unwatchedText(message) }),
    built: (functionName, saved) => tell({ type: "built", at: now(), functionName, saved }),
    broken: (functionName, error) =>
      tell({ type: "broken", at: now(), functionName, error: errorTold(error) }),
    sourcesChanged: (files) => tell({ type: "sourcesChanged", at: now(), files }),
    ready: (project, milliseconds, page) => tell(readyTold(project, milliseconds, page, now())),
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
