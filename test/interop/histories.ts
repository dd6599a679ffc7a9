/**
 * Random histories of fleets in which workers of the real KCL and ours are mixed: they start, stop and are killed, and shards are split and
 * merged, as a seed says. Nothing may be lost, and nothing repeated but what died or was taken away; a history takes about a minute.
 *
 *     npm run histories -- --runs 200 --seed 1              beside the KCL 2.7, whose rows and ours are read by both in the end
 *     npm run histories -- --runs 200 --seed 1 --kcl 3      beside the KCL 3.5: the one or the other leads
 *     npm run histories -- --minutes 30                     begins no more after so long
 */
import { parseArgs } from "node:util";
import { randomHistories } from "./kcl/histories.ts";
import { beside } from "./kcl/places.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string", default: "1" },
    kcl: { type: "string", default: "2" },
  },
});
const number = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || /^\d+$/.test(text))
    return text === undefined ? undefined : Number(text);
  throw new RangeError(`--${name} takes a whole number from 0, and was given ${text}.`);
};
const minutes = number("minutes", values.minutes);
const kcl = number("kcl", values.kcl);
if (kcl !== 2 && kcl !== 3) throw new RangeError(`--kcl is 2 or 3, and was given ${values.kcl}.`);
const options = {
  seed: number("seed", values.seed)!,
  runs: number("runs", values.runs) ?? (minutes === undefined ? 20 : 100_000),
  ...(minutes !== undefined && { minutes }),
  kcl,
} as const;
process.exitCode = await beside(kcl, (places) => randomHistories(places, options));
