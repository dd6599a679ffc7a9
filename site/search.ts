/** What the search finds: the index over the passages, made in the browser and in the test. */
import MiniSearch from "minisearch";
import type { Found } from "./found.ts";

export interface Indexed {
  readonly id: number;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

/** Without documents; `documentsOf` has them. */
export const emptyIndex = (passages: readonly Found[]): MiniSearch<Indexed> =>
  new MiniSearch<Indexed>({
    fields: ["heading", "page", "text"],
    tokenize: wordsOf,
    searchOptions: {
      boost: { heading: 4, page: 2 },
      combineWith: "AND",
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 5 ? 0.15 : false),
      boostDocument: (id) => passages[id as number]![4],
    },
  });

/** `ParallelizationFactor` is found by its words, too. */
const wordsOf = (text: string): string[] =>
  (text.match(/[\p{L}\p{N}_]+/gu) ?? []).flatMap((word) => {
    const parts = word.match(/\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+(?!\p{Ll})/gu) ?? [];
    return parts.length > 1 ? [word, ...parts] : [word];
  });

export const documentsOf = (passages: readonly Found[]): Indexed[] =>
  passages.map(([page, heading, text], id) => ({ id, page, heading, text }));

const around = 70;

/** What stands around the first of `terms` that `text` has. */
export function excerpt(text: string, terms: readonly string[]): string {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const from = Math.max(0, Math.min(...places, text.length) - around);
  const start = places.length === 0 ? 0 : from;
  const part = text.slice(start, start + 2 * around);
  return `${start > 0 ? "… " : ""}${part}${start + 2 * around < text.length ? " …" : ""}`;
}
