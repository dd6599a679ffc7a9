/** What a document says of its tracks. */
import { elements } from "./elements.ts";
import type { VideoTrack } from "./fragment.ts";
import { unsigned, utf8 } from "./values.ts";

const read: ReadonlySet<number> = new Set([
  elements.trackNumber,
  elements.trackType,
  elements.trackName,
  elements.codecId,
  elements.codecPrivate,
]);

const empty = new Uint8Array(0);

/** Reads the elements of one track after the other. */
export function trackReader() {
  let values = new Map<number, Uint8Array>();
  const number = (id: number) => unsigned(values.get(id) ?? empty);

  return {
    begin(): void {
      values = new Map();
    },
    reads: (id: number) => read.has(id),
    value: (id: number, bytes: Uint8Array): void => void values.set(id, bytes),
    end(): VideoTrack {
      const name = values.get(elements.trackName);
      return {
        trackNumber: number(elements.trackNumber),
        trackType: number(elements.trackType),
        codecId: utf8(values.get(elements.codecId) ?? empty),
        codecPrivate: values.get(elements.codecPrivate),
        name: name && utf8(name),
      };
    },
  };
}
