/**
 * EBML from chunks of any size: which elements begin and end, what small ones hold, and the bytes of large ones as they come. Nothing is
 * copied but headers and small values that a chunk cuts. https://www.rfc-editor.org/rfc/rfc8794
 */
import { elements, ends, isMaster, mayBeUnsized } from "./elements.ts";
import { MatroskaError } from "./errors.ts";

/** What becomes of an element's content: its elements are read, it is passed over, given whole, or given as it comes. */
export type Reading = "enter" | "skip" | "value" | "parts";

/** Sees the elements. */
export interface ElementVisitor {
  /** `at`: where its header begins. `size` is Infinity where it has none. */
  begin(id: number, size: number, at: number): Reading;
  /** A small element, whole. */
  value(id: number, bytes: Uint8Array): void;
  /** Bytes of a large one: `chunk` from `from` up to `to`. */
  part(chunk: Uint8Array, from: number, to: number): void;
  /** An element that was entered, or given in parts, has ended. True: reading pauses here. */
  end(id: number): boolean;
}

/** Reads on in a chunk from `from`, and returns where it paused: at the chunk's end, or where the visitor said so. */
export interface EbmlReader {
  read(chunk: Uint8Array, from: number): number;
  /** How many bytes have been read. */
  readonly offset: number;
}

/** An id has at most 4 bytes, a size at most 8. */
const longestHeader = 12;
/** Names and texts of tags, codecs' private data. */
const largestValue = 1024 * 1024;

const unknownSize = Number.POSITIVE_INFINITY;

interface Open {
  readonly id: number;
  /** Where it ends at the latest. */
  readonly end: number;
  readonly isSized: boolean;
}

/** A reader at the beginning of a payload. */
export function ebmlReader(visitor: ElementVisitor): EbmlReader {
  const open: Open[] = [];
  let offset = 0;
  /** What is known of a header that a chunk has cut. */
  const head = new Uint8Array(longestHeader);
  let headLength = 0;
  /** The element whose content is being read, and how much of that is missing. */
  let id = 0;
  let reading: Reading = "skip";
  let left = 0;
  /** A value that a chunk has cut. */
  let gathered: Uint8Array | undefined;

  /** Closes what ends here, innermost first. */
  function close(): boolean {
    let pauses = false;
    while (open.length > 0 && open.at(-1)!.end <= offset) {
      pauses = visitor.end(open.pop()!.id) || pauses;
    }
    return pauses;
  }

  function begin(bytes: Uint8Array, from: number, at: number): boolean {
    id = idAt(bytes, from);
    const idLength = lengthAt(bytes[from]!);
    const sizeAt = from + idLength;
    const size = sizeOf(bytes, sizeAt, at);
    let parent = open.at(-1);
    while (parent && !parent.isSized && ends(parent.id, id)) {
      visitor.end(parent.id);
      open.pop();
      parent = open.at(-1);
    }
    if (parent && id === elements.ebml) {
      throw new MatroskaError(at, `a document begins inside of the element ${named(parent.id)}`);
    }
    if (!parent && id !== elements.ebml && id !== elements.segment) {
      throw new MatroskaError(at, `${named(id)} is no beginning of a document`, beginning);
    }
    const isSized = size !== unknownSize;
    if (!isSized && !mayBeUnsized(id)) {
      throw new MatroskaError(at, `the element ${named(id)} has no size`);
    }
    const end = at + idLength + lengthAt(bytes[sizeAt]!) + size;
    if (parent && isSized && end > parent.end) {
      throw new MatroskaError(
        at,
        `the element ${named(id)} ends at ${end}, behind its parent ${named(parent.id)}, which ends at ${parent.end}`,
      );
    }
    reading = visitor.begin(id, size, at);
    left = size;
    if (reading === "enter") {
      open.push({ id, end: Math.min(end, parent?.end ?? end), isSized });
      left = 0;
      return false;
    }
    if (reading === "value" && size > largestValue) {
      throw new MatroskaError(at, `the element ${named(id)} has ${size} bytes, too many for it`);
    }
    return left === 0 && finish(empty, 0, 0);
  }

  /** The last bytes of an element that was not entered. */
  function finish(chunk: Uint8Array, from: number, to: number): boolean {
    if (reading === "value") {
      const whole = gathered ?? chunk.subarray(from, to);
      gathered = undefined;
      visitor.value(id, whole);
    }
    return reading === "parts" && visitor.end(id);
  }

  function content(chunk: Uint8Array, from: number, to: number): boolean {
    if (reading === "parts") visitor.part(chunk, from, to);
    else if (reading === "value" && (gathered || to - from < left)) {
      gathered ??= new Uint8Array(left);
      gathered.set(chunk.subarray(from, to), gathered.length - left);
    }
    left -= to - from;
    offset += to - from;
    return left === 0 && finish(chunk, from, to);
  }

  /** Takes what is missing of a header. Undefined: the chunk ends before it does. */
  function headerEnd(chunk: Uint8Array, from: number): number | undefined {
    for (let next = from; next < chunk.length; next++) {
      head[headLength++] = chunk[next]!;
      if (headerLengthOf(head, 0, headLength, offset) === headLength) return next + 1;
    }
    return undefined;
  }

  return {
    get offset() {
      return offset + headLength;
    },
    read(chunk, from) {
      let next = from;
      while (next < chunk.length) {
        let pauses: boolean;
        if (left > 0) {
          const to = next + Math.min(left, chunk.length - next);
          pauses = content(chunk, next, to);
          next = to;
        } else {
          const length = headLength > 0 ? 0 : headerLengthOf(chunk, next, chunk.length, offset);
          if (length > 0) {
            const at = offset;
            offset += length;
            pauses = begin(chunk, next, at);
            next += length;
          } else {
            const end = headerEnd(chunk, next);
            if (end === undefined) return chunk.length;
            const at = offset;
            offset += headLength;
            headLength = 0;
            next = end;
            pauses = begin(head, 0, at);
          }
        }
        // What ends with an element inside of it ends here, too.
        if ((left === 0 && close()) || pauses) return next;
      }
      return next;
    },
  };
}

/** The visitor's answer for what it has no use for. */
export const standardReading = (id: number): Reading => (isMaster(id) ? "enter" : "skip");

const empty = new Uint8Array(0);

/** How many bytes a number has that begins with this one. Above 8: none. */
const lengthAt = (first: number): number => Math.clz32(first) - 23;

/** 0: not all of it is there. */
function headerLengthOf(bytes: Uint8Array, from: number, to: number, at: number): number {
  const idLength = lengthAt(bytes[from]!);
  if (idLength > 4) {
    throw new MatroskaError(
      at,
      `no element begins with ${hex(bytes[from]!)}`,
      at === 0 ? beginning : undefined,
    );
  }
  if (from + idLength >= to) return 0;
  const sizeLength = lengthAt(bytes[from + idLength]!);
  if (sizeLength > 8) throw new MatroskaError(at, "a size has more than 8 bytes");
  const length = idLength + sizeLength;
  return from + length <= to ? length : 0;
}

function idAt(bytes: Uint8Array, from: number): number {
  let id = 0;
  const to = from + lengthAt(bytes[from]!);
  for (let index = from; index < to; index++) id = id * 256 + bytes[index]!;
  return id;
}

function sizeOf(bytes: Uint8Array, from: number, at: number): number {
  const length = lengthAt(bytes[from]!);
  let size = numberAt(bytes, from);
  if (size === 2 ** (7 * length) - 1) size = unknownSize;
  else if (size > Number.MAX_SAFE_INTEGER - at) {
    throw new MatroskaError(at, `an element says that it has ${size} bytes`);
  }
  return size;
}

/** A number of variable length; how many bytes it has, its first byte says. */
export function numberAt(bytes: Uint8Array, from: number): number {
  const length = lengthAt(bytes[from]!);
  let value = bytes[from]! & (0xff >> length);
  for (let index = from + 1; index < from + length; index++) value = value * 256 + bytes[index]!;
  return value;
}

/** How many bytes a number has that begins here. */
export const numberLength = lengthAt;

const hex = (value: number) => `0x${value.toString(16).toUpperCase()}`;

const names = new Map<number, string>(Object.entries(elements).map(([name, id]) => [id, name]));
const named = (id: number) => (names.has(id) ? `${names.get(id)} (${hex(id)})` : hex(id));

const beginning =
  "Give it what GetMedia answers, from its first byte on; an MP4 file is something else.";
