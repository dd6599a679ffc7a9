/** What the records of a part are called, as an intent has it: one text, since most are written and never read. */

/** Such as `{ "common": "archive/orders/shardId-000000000000/4965", "rest": ["12", "13"] }`. */
export interface NamesText {
  readonly common: string;
  readonly rest: readonly string[];
}

/** JSON. What all names begin with stands there once: it is the greater part of them. */
export function namesText(names: readonly string[]): string {
  const common = sharedBeginning(names).length;
  const [first = ""] = names;
  return JSON.stringify({
    common: first.slice(0, common),
    rest: names.map((name) => name.slice(common)),
  });
}

/** The inverse, once it is parsed. */
export const namesIn = ({ common, rest }: NamesText): string[] => rest.map((own) => common + own);

/** What the least and the greatest begin with, all that stand between them do. */
function sharedBeginning(names: readonly string[]): string {
  let [least = "", greatest = least] = names;
  for (const name of names) {
    if (name > greatest) greatest = name;
    else if (name < least) least = name;
  }
  let length = 0;
  while (length < least.length && least[length] === greatest[length]) length++;
  return least.slice(0, length);
}
