import { hash } from "./hash.ts";
import { laneBytes, lanes, type Md5Module, md5Module } from "./md5-wasm.ts";

export { lanes };

/**
 * The MD5 digests of messages, in the order in which they are done; four words, which the next one overwrites.
 * `onDigest` must not ask for digests itself: there is one set of lanes.
 */
export type Digests = (
  messages: readonly Buffer[],
  onDigest: (index: number, digest: Int32Array) => void,
) => void;

/** Fewer messages are hashed one by one in the same time: eight at once take as long here as three there. */
const fewest = 4;

/** One by one where the machine has no SIMD. */
export function simdDigests(): Digests {
  let module: Md5Module;
  try {
    module = md5Module();
  } catch {
    return (messages, onDigest) =>
      messages.forEach((message, index) => {
        onDigest(index, digestOf(message));
      });
  }
  return (messages, onDigest) => inLanes(module, messages, onDigest);
}

const digestOf = (message: Buffer): Int32Array =>
  new Int32Array(Uint8Array.from(hash("md5", message, "buffer")).buffer);

/** A lane that has done with one message goes on with the next. */
function inLanes(
  { memory, startOf, begin, hash: hashLanes, word }: Md5Module,
  messages: readonly Buffer[],
  onDigest: (index: number, digest: Int32Array) => void,
): void {
  /** Which message is in each lane, and how much of it has been hashed. */
  const inLane: (number | undefined)[] = [];
  const hashed: number[] = [];
  const digest = new Int32Array(4);
  let next = 0;
  for (;;) {
    // As far as all lanes go together.
    let size = laneBytes;
    let busy = 0;
    for (let lane = 0; lane < lanes; lane++) {
      if (inLane[lane] === undefined && next < messages.length) {
        inLane[lane] = next++;
        hashed[lane] = 0;
        begin(lane);
      }
      const index = inLane[lane];
      if (index === undefined) continue;
      busy++;
      size = Math.min(size, paddedSize(messages[index]!) - hashed[lane]!);
    }
    if (busy < fewest) break;
    for (let lane = 0; lane < lanes; lane++) {
      const index = inLane[lane];
      if (index === undefined) continue;
      copyPadded(messages[index]!, hashed[lane]!, memory, startOf(lane), size);
    }
    hashLanes(size / 64);
    for (let lane = 0; lane < lanes; lane++) {
      const index = inLane[lane];
      if (index === undefined) continue;
      hashed[lane]! += size;
      if (hashed[lane] !== paddedSize(messages[index]!)) continue;
      for (let at = 0; at < 4; at++) digest[at] = word(lane, at);
      inLane[lane] = undefined;
      onDigest(index, digest);
    }
  }
  // The last ones have most lanes to themselves: begun anew, they are done sooner.
  for (const index of inLane) {
    if (index !== undefined) onDigest(index, digestOf(messages[index]!));
  }
}

/** MD5's padding: a one, zeros, and the length in bits, up to a whole block. */
const paddedSize = ({ length }: Buffer): number => Math.ceil((length + 9) / 64) * 64;

/** Copies a part of the padded message. */
function copyPadded(message: Buffer, from: number, memory: Buffer, at: number, size: number): void {
  const { length } = message;
  const copied = from < length ? message.copy(memory, at, from, from + size) : 0;
  if (copied === size) return;
  memory.fill(0, at + copied, at + size);
  if (from <= length) memory[at + copied] = 0x80;
  if (from + size === paddedSize(message)) {
    memory.writeUInt32LE((length * 8) >>> 0, at + size - 8);
    memory.writeUInt32LE(Math.floor(length / 2 ** 29), at + size - 4);
  }
}
