/** Fragments of a payload, one by one. */
import { checkNumber } from "../values/number-option.ts";
import type { VideoFragment } from "./fragment.ts";
import { fragmentScanner, type ReadFragmentsOptions } from "./fragment-scanner.ts";

/**
 * The whole fragments of what GetMedia sends, in its order. A payload that ends in the middle of one has had that cut off, and it is not
 * handed out. Nothing is read while a fragment is worked on, so that a slow reader slows GetMedia down; what is held is one fragment.
 *
 * @throws MatroskaError, with the byte, for what is no payload of GetMedia; GetMediaError where GetMedia says that it failed.
 *
 * @example
 * const { Payload } = await media.send(new GetMediaCommand({ StreamName: "door", StartSelector: { StartSelectorType: "NOW" } }));
 * for await (const { fragmentNumber, frames } of readFragments(Payload)) console.log(fragmentNumber, frames.length);
 */
export async function* readFragments(
  payload: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ReadFragmentsOptions = {},
): AsyncGenerator<VideoFragment, void, undefined> {
  checkNumber("readFragments: maxFragmentBytes", options.maxFragmentBytes, { least: 1 });
  const scanner = fragmentScanner(options);
  for await (const chunk of payload) {
    // Not yield*, which would wait several times for each chunk in which no fragment ends.
    for (const fragment of scanner.push(chunk)) yield fragment;
  }
}
