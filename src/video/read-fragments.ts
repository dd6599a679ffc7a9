/** Fragments of a payload, one by one. */
import { checkNumber } from "../values/number-option.ts";
import { isThenable } from "../values/ready.ts";
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
  const chunks =
    Symbol.asyncIterator in payload ? payload[Symbol.asyncIterator]() : payload[Symbol.iterator]();
  // Not `for await`, which waits for each chunk, though most are at hand and have no fragment that ends.
  let isOpen = false;
  try {
    for (;;) {
      const pulled = chunks.next();
      const { done, value: chunk } = isThenable(pulled) ? await pulled : pulled;
      if (done) return;
      isOpen = true;
      for (let from = 0; from < chunk.length; ) {
        from = scanner.read(chunk, from);
        const fragment = scanner.take();
        if (fragment) yield fragment;
      }
      isOpen = false;
    }
  } finally {
    // As `for await` has it: who fails by itself, or has ended, is not told to.
    if (isOpen) await chunks.return?.();
  }
}
