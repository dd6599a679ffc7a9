/** Tags of Matroska: a name and a text each. One may stand inside of another. */
import { elements } from "./elements.ts";
import { utf8 } from "./values.ts";

/** Reads the elements of one tag after the other. */
export function tagReader() {
  let name: string | undefined;
  let text: string | undefined;

  function keep(tags: Map<string, string>): void {
    if (name !== undefined && text !== undefined) tags.set(name, text);
    name = undefined;
    text = undefined;
  }

  return {
    /** What the tag around it has said is kept first. */
    begin: keep,
    reads: (id: number) => id === elements.tagName || id === elements.tagString,
    value(id: number, bytes: Uint8Array): void {
      if (id === elements.tagName) name = utf8(bytes);
      else text = utf8(bytes);
    },
    end: keep,
  };
}
