/** Options by names that nobody reads: they would be ignored without a word. */
import { nearest } from "./nearest.ts";

/** Throws where an object of options has one that is not among `names`. `who` is such as "runWorker". */
export function checkNames(
  who: string,
  given: object | undefined,
  names: Readonly<Record<string, true>>,
): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    if (Object.hasOwn(names, name) || value === undefined) continue;
    const near = nearest(name, Object.keys(names));
    const hint = near === undefined ? "" : ` Is ${near} meant?`;
    throw new TypeError(`${who}: there is no option ${name}.${hint}`);
  }
}
