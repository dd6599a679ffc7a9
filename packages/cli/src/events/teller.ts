/** From the machine's events to those of docs/events.md, each with what has to be looked up for it. */
import type { MachineEvent } from "@shardmill/local/rig";
import type { ProjectMachine } from "../project/machine.ts";
import type { DevEvent, ReadyTold } from "./dev-event.ts";
import { fatesTold, parkedTold } from "./fates.ts";
import { machineEvents } from "./tell.ts";
import type { WindowsWatch } from "./windows.ts";
import type { Witness } from "./witness.ts";

export interface Teller {
  readonly event: (event: MachineEvent) => void;
  /** Resolves when what was heard so far has been told. */
  settled(): Promise<void>;
}

/** `witness` is asked once the machine is up. `windows` hears of what may have changed them. */
export function eventTeller(
  tell: (event: DevEvent) => void,
  witness: () => Witness | undefined,
  windows?: WindowsWatch,
  now: () => number = Date.now,
): Teller {
  const toldOf = machineEvents(now);
  const nobody: Witness = async () => new Map();
  const underWay = new Set<Promise<void>>();
  return {
    event(event) {
      if (event.type === "batch") windows?.answered(event);
      if (event.type !== "fates") return tell(toldOf(event));
      windows?.settled(event);
      const looking = fatesTold(event, witness() ?? nobody).then((fates) => {
        tell(fates);
        for (const parked of parkedTold(fates)) tell(parked);
        underWay.delete(looking);
      });
      underWay.add(looking);
    },
    async settled() {
      await Promise.all(underWay);
      await windows?.told();
    },
  };
}

/** What is up. `page`: where its page is. */
export function readyTold(
  {
    template,
    machine,
    bucketFolder,
  }: Pick<ProjectMachine, "bucketFolder" | "machine" | "template">,
  milliseconds: number,
  page: string | undefined,
  at: number = Date.now(),
): ReadyTold {
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  return {
    ...{ type: "ready", at, template: template.file, endpoints: machine.endpoints },
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
  };
}
