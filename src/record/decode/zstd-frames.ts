const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const dictionaryIdBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];
const repeatedByte = 1;

/**
 * The Zstandard frames that `data` consists of (RFC 8878, section 3.1), without those to skip. Node decompresses
 * the first frame alone, and before Node 24 takes what is cut off for whole.
 *
 * @throws {Error} What is no frame, or is cut off, or there is none.
 */
export function zstdFrames(data: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const frames: Uint8Array[] = [];
  let start = 0;
  try {
    while (start < data.length) {
      const end = endOfFrame(view, start);
      if (!isSkippable(view.getUint32(start, true))) frames.push(data.subarray(start, end));
      start = end;
    }
  } catch (cause) {
    if ((cause as Error).name !== "RangeError") throw cause;
    start = Number.POSITIVE_INFINITY;
  }
  if (frames.length > 0 && start === data.length) return frames;
  throw new Error(`The Zstandard data is cut off: it ends after ${data.length} bytes.`);
}

const isSkippable = (magic: number) => (magic & 0xfffffff0) >>> 0 === skippableMagic;

function endOfFrame(view: DataView, start: number): number {
  const magic = view.getUint32(start, true);
  if (isSkippable(magic)) return start + 8 + view.getUint32(start + 4, true);
  if (magic !== frameMagic) throw new Error(`Not Zstandard: no frame begins at byte ${start}.`);
  const descriptor = view.getUint8(start + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const contentSize = contentSizeBytes[descriptor >> 6]! || (isSingleSegment ? 1 : 0);
  let at =
    start + 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes[descriptor & 0x03]! + contentSize;
  for (let isLast = false; !isLast; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    isLast = (header & 1) === 1;
    at += 3 + (((header >> 1) & 3) === repeatedByte ? 1 : header >> 3);
  }
  return hasChecksum ? at + 4 : at;
}
