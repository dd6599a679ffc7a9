/** The events of a whole run, within bounds: where there is no room for all, those that say of trouble stay longest. */
import type { DevEvent } from "../events/dev-event.ts";
import { oldestFirst } from "../events/oldest.ts";

export interface KeptEvents {
  add(event: DevEvent): void;
  /** In the order in which they came, and how many of them are not here any more. */
  all(): { readonly events: readonly DevEvent[]; readonly leftOut: number };
}

interface Kept {
  readonly n: number;
  readonly text: string;
  readonly requestId: string | undefined;
}

/** Request ids of batches with trouble that are remembered. */
const mostTroubled = 100_000;

/** `most`: bytes of them as JSON. */
export function keptEvents(most: number): KeptEvents {
  const ordinary = queue();
  const telling = queue();
  const troubled = new Set<string>();
  const oldestTroubled = oldestFirst(troubled);
  let n = 0;
  let bytes = 0;
  let leftOut = 0;

  function forget(): void {
    const oldest = ordinary.shift();
    // What was said while a batch ran is ordinary until the batch has failed.
    if (oldest?.requestId !== undefined && troubled.has(oldest.requestId)) {
      telling.push(oldest);
      return;
    }
    const gone = oldest ?? telling.shift();
    bytes -= gone?.text.length ?? 0;
    leftOut++;
  }

  return {
    add(event) {
      const text = JSON.stringify(event);
      const requestId = "requestId" in event ? event.requestId : undefined;
      const one = { n: ++n, text, requestId };
      const isTrouble = tellsTrouble(event);
      if (isTrouble && requestId !== undefined) {
        troubled.add(requestId);
        if (troubled.size > mostTroubled) troubled.delete(oldestTroubled()!);
      }
      (isTrouble ? telling : ordinary).push(one);
      bytes += text.length;
      while (bytes > most && ordinary.size + telling.size > 1) forget();
    },
    all() {
      const kept = [...ordinary.all(), ...telling.all()].sort((a, b) => a.n - b.n);
      return { events: kept.map(({ text }) => JSON.parse(text)), leftOut };
    },
  };
}

/** Also what the rest cannot be read without. */
function tellsTrouble(event: DevEvent): boolean {
  switch (event.type) {
    case "batch":
      return event.outcome !== "success";
    case "fates":
      return event.records.some(({ outcome }) => outcome !== "processed");
    case "ready":
    case "ended":
    case "reshard":
    case "parked":
    case "discarded":
    case "broken":
    case "note":
    case "refused":
      return true;
    default:
      return "error" in event && event.error !== undefined;
  }
}

function queue() {
  let list: Kept[] = [];
  let first = 0;
  return {
    get size() {
      return list.length - first;
    },
    push: (one: Kept) => void list.push(one),
    shift(): Kept | undefined {
      const one = list[first];
      if (one) first++;
      if (first > 10_000 && first > list.length / 2) {
        list = list.slice(first);
        first = 0;
      }
      return one;
    },
    all: () => list.slice(first),
  };
}
