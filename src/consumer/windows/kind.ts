/** Windows as a machine behind a shard's log. */
import type { Definition } from "../../windows/definition.ts";
import { inherit } from "../../windows/inherit.ts";
import { partitionKeyIn } from "../../windows/keys.ts";
import { WindowMachine } from "../../windows/machine.ts";
import { rowOf } from "../../windows/rows.ts";
import {
  applyWritten,
  slotsGone,
  writeChanges,
  writeDone,
  writeWhole,
} from "../../windows/written.ts";
import type { MachineKind } from "../machine.ts";

export const windowKind = <T>(definition: Definition<T>): MachineKind<T, WindowMachine<T>> => ({
  ...{ what: "windows", name: "window", writeChanges, writeDone, writeWhole, slotsGone },
  apply: applyWritten,
  create: () => new WindowMachine(definition),
  absorb: (machine, value, { approximateArrivalTimestamp }) =>
    machine.absorb(value, approximateArrivalTimestamp),
  inherit: (machine, parents) =>
    inherit(
      machine,
      parents.map((parent) => ({
        ...parent,
        owns: (key: string) => parent.owns(partitionKeyIn(key)),
      })),
    ),
  rows: (machine, source, shardId) =>
    machine.due.map((group) => {
      const value = rowOf(group, definition, source, shardId);
      return {
        ...{ slot: group.slot, key: group.key, time: group.end, output: "" },
        ...{ id: value.id, value },
      };
    }),
});
