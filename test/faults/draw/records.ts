/** Draws what is put: new records, and retries of those whose reply was lost. */
import { type Behaviour, isHopeless, type PlannedRecord, type Step } from "../scenario.ts";
import type { DrawOptions } from "./steps.ts";

type PutStep = Extract<Step, { type: "put" }>;

const mostHopeless = 3;

const functions = ["decode", "uniqueId", "retryable"] as const;

/** Where a record behaves as it does: mostly where it has its effect. */
const places = [...Array.from({ length: 5 }, () => undefined), ...functions, ...functions];

export function drawPuts({
  chance,
  consumer,
  mapping: { maximumRetryAttempts = -1, maximumRecordAgeInSeconds = -1 },
  fanOut,
  mostLanes,
}: DrawOptions): () => Omit<PutStep, "after"> {
  const keys = chance.between(1, 8);
  const retries = chance.oneOf([0, 0.1, 0.4]);
  const isStreamWide = consumer.work === "onceStreamWide";
  const mayCrossKeys = mostLanes === 1 || isStreamWide;
  const crossKeys = mayCrossKeys && chance.happens(isStreamWide ? 0.5 : 0.1);
  const hasEnd =
    consumer.park !== undefined || maximumRetryAttempts >= 0 || maximumRecordAgeInSeconds >= 0;
  const failing = chance.oneOf([0, 0, 0.05, 0.15]);
  const behaviours: readonly Behaviour[] = hasEnd
    ? [1, 2, 4, "poison", "final", "killer", "hangs"]
    : [1, 2, 4];
  const mayPack = mostLanes === 1 || fanOut;
  // Without progress an aggregate has to get through in one invocation.
  const packs = mayPack && consumer.progress !== "none" && chance.happens(0.3);
  const before: PlannedRecord[] = [];
  let hopeless = 0;
  return () => {
    const records: PlannedRecord[] = [];
    for (let left = chance.oneOf([1, 3, 10, 25]); left > 0; left--) {
      const n = before.length;
      const retried =
        chance.happens(retries) && before.length > 0 ? chance.oneOf(before) : undefined;
      const key = !retried || crossKeys ? `key-${chance.between(1, keys)}` : retried.key;
      const uid = retried ? retried.uid : chance.happens(0.9) ? `id-${n}` : undefined;
      const drawn = chance.happens(failing) ? chance.oneOf(behaviours) : undefined;
      const wanted = retried ? retried.behaviour : drawn;
      // Where most lanes fail for ever the program sees an outage, and waits.
      const isOneTooMany = isHopeless(wanted) && ++hopeless > mostHopeless;
      const behaviour = isOneTooMany ? undefined : wanted;
      const where = retried ? retried.where : chance.oneOf(places);
      const record = {
        ...{ n, key, ...(uid && { uid }) },
        ...(behaviour && { behaviour, ...(where && hasEnd && { where }) }),
      };
      records.push(record);
      before.push(record);
    }
    return { type: "put", records, packed: packs && chance.happens(0.7) };
  };
}
