/** Partition keys of which a record is parked, as items of the progress table. */
import { toKey } from "../../../../src/progress/dynamodb-keys.ts";
import type { Kind } from "./finding.ts";
import { plainItem } from "./item.ts";

export const parkedKey: Kind = {
  name: "a parked key",
  lacks(value) {
    const { pk, sk, log } = plainItem(value);
    if (typeof pk !== "string" || !pk.endsWith("#keys")) {
      return 'its "pk" is not that of parked keys: <consumer>#<stream>#keys';
    }
    return typeof sk === "string" && typeof log === "string"
      ? undefined
      : 'it has no "sk" and "log"';
  },
  read(value) {
    const item = plainItem(value);
    const { key, log } = toKey(item);
    const [consumer = "", stream = ""] = String(item.pk).split("#");
    return {
      kind: "parkedKey",
      report: { consumer, stream, key, log },
      problems: [],
      section: {
        title: "a partition key of which a record is parked: later ones are parked behind it",
        fields: [
          ["consumer", consumer],
          ["stream", stream],
          ["partition key", key],
          ["parked by", log],
        ],
      },
    };
  },
};
