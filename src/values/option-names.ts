/** Options by names that nobody reads: they would be ignored without a word. */
import { editDistance } from "./edit-distance.ts";

/** Throws where an object of options has one that is not among `names`. `who` is such as "runWorker". */
export function checkNames(
  who: string,
  given: object | undefined,
  names: Readonly<Record<string, true>>,
): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    if (Object.hasOwn(names, name) || value === undefined) continue;
    const near = Object.keys(names).find((one) => editDistance(one, name) <= 2);
    const hint = near === undefined ? "" : ` Is ${near} meant?`;
    throw new TypeError(`${who}: there is no option ${name}.${hint}`);
  }
}
