/** Whether a record is what somebody looks for: the server's answer, and that of a report. */
import type { Fate } from "../events/dev-event.ts";

export interface Searched {
  readonly partitionKey: string;
  readonly position: string;
  readonly text: string;
  readonly fate?: Pick<Fate, "uniqueId">;
}

/** `search`, in lower case, is in its partition key, its position, its unique id or its text. */
export const matches = (record: Searched, search: string): boolean =>
  search === "" ||
  [record.partitionKey, record.position, record.fate?.uniqueId ?? "", record.text].some((text) =>
    text.toLowerCase().includes(search),
  );
