import { packNames } from "../../progress/fingerprint.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Batch } from "../../record/unpack.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import type { Naming } from "../batch-run.ts";

/** A delivery's records have one name each: that of their unique ids, or of their positions. */
export const naming = (log: ShardLog, { records }: Batch, names: Uint32Array): Naming => ({
  ask: (question) => log.evidence(question),
  pack: (places) => ({
    names: packNames(names, places),
    seconds: places.map((place) => arrivalSecond(records[place]!)),
  }),
  perRecord: 1,
  isBack: false,
});
