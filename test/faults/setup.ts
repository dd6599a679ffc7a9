/** What follows from a consumer's options. */
import type { ConsumerSetup, Scenario } from "./scenario.ts";

/** A record's unique id, as the user's function makes it of what the record says. */
export const idText = (
  uid: string | undefined,
  { uniqueIds, idVersion }: Pick<ConsumerSetup, "uniqueIds" | "idVersion">,
): string | undefined => (uniqueIds && uid ? `${idVersion === 2 ? "v2-" : ""}${uid}` : undefined);

/** Whether both name all records alike. */
export const isNamedAlike = (a: ConsumerSetup, b: ConsumerSetup): boolean =>
  a.uniqueIds === b.uniqueIds && (!a.uniqueIds || a.idVersion === b.idVersion);

/** Whether a record that is named under the first options is known under the second: by its id, or by its position. */
export function isKnownUnder(
  uid: string | undefined,
  first: ConsumerSetup,
  second: ConsumerSetup,
): boolean {
  const id = idText(uid, first);
  return id === undefined || id === idText(uid, second);
}

/** The options of the day, one deployment after the other. */
export function setupsOf({ consumer, steps }: Scenario): readonly ConsumerSetup[] {
  const setups = [consumer];
  for (const step of steps) {
    if (step.type === "deploy") setups.push({ ...setups.at(-1)!, ...step.consumer });
  }
  return setups;
}
