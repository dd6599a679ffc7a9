/** Matroska as GetMedia sends it, written for tests. */
import fc from "fast-check";

/** A frame as it is written. */
export interface WrittenFrame {
  readonly trackNumber: number;
  /** In milliseconds, relative to its cluster. */
  readonly relative: number;
  readonly isKeyframe: boolean;
  readonly data: Uint8Array;
  /** In a group of its own, rather than as a simple block. */
  readonly inGroup?: boolean;
}

export interface WrittenFragment {
  readonly fragmentNumber: string;
  readonly producerTimestamp: number;
  readonly serverTimestamp: number;
  readonly millisBehindNow: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly frames: readonly WrittenFrame[];
  /** Whether its cluster says how long it is. */
  readonly isSized?: boolean;
  /** Bytes of each size; more than are needed is allowed. */
  readonly sizeWidth?: number;
}

export const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

const idBytes = (id: number) => Buffer.from(id.toString(16).padStart(2, "0"), "hex");

function size(value: number, width: number): Uint8Array {
  const bytes = Buffer.alloc(width);
  let left = value;
  for (let index = width - 1; index >= 0; index--) {
    bytes[index] = left % 256;
    left = Math.floor(left / 256);
  }
  bytes[0]! |= 0x80 >> (width - 1);
  return bytes;
}

export const element = (id: number, content: Uint8Array, width = 8): Uint8Array =>
  concat(idBytes(id), size(content.length, width), content);

const unsized = (id: number, content: Uint8Array): Uint8Array =>
  concat(idBytes(id), Buffer.from("01ffffffffffffff", "hex"), content);

const text = (value: string) => Buffer.from(value);
const short = (value: number) => Buffer.from([value]);

export const header = (width = 8) =>
  element(0x1a45dfa3, element(0x4282, text("matroska"), width), width);

export function tagsOf(tags: Readonly<Record<string, string>>, width = 8): Uint8Array {
  const simple = Object.entries(tags).map(([name, value]) =>
    element(
      0x67c8,
      concat(element(0x45a3, text(name), width), element(0x4487, text(value), width)),
      width,
    ),
  );
  return element(0x1254c367, element(0x7373, concat(...simple), width), width);
}

const tracks = (width: number) =>
  element(
    0x1654ae6b,
    element(
      0xae,
      concat(
        ...[element(0xd7, short(1), width), element(0x83, short(1), width)],
        element(0x86, text("V_MPEG4/ISO/AVC"), width),
        element(0x63a2, Buffer.from([1, 2, 3]), width),
      ),
      width,
    ),
    width,
  );

function frame({ trackNumber, relative, isKeyframe, data, inGroup }: WrittenFrame, width: number) {
  const head = Buffer.from([0x80 | trackNumber, 0, 0, isKeyframe && !inGroup ? 0x80 : 0]);
  head.writeInt16BE(relative, 1);
  const block = concat(head, data);
  if (!inGroup) return element(0xa3, block, width);
  const reference = isKeyframe ? [] : [element(0xfb, short(0xff), width)];
  return element(0xa0, concat(element(0xa1, block, width), ...reference), width);
}

/** One fragment, a document of its own. `isWhole: false` leaves out the tags behind it, as where a connection was cut. */
export function written(
  fragment: WrittenFragment,
  { isWhole = true }: { isWhole?: boolean } = {},
): Uint8Array {
  const { sizeWidth: width = 8, isSized = true } = fragment;
  const cluster = concat(
    element(0xe7, short(0), width),
    ...fragment.frames.map((one) => frame(one, width)),
  );
  const ending = tagsOf(
    {
      AWS_KINESISVIDEO_MILLIS_BEHIND_NOW: String(fragment.millisBehindNow),
      AWS_KINESISVIDEO_CONTINUATION_TOKEN: fragment.fragmentNumber,
    },
    width,
  );
  const segment = concat(
    // A void, and the scale: one unit is a millisecond.
    element(0xec, Buffer.alloc(5), width),
    element(0x1549a966, element(0x2ad7b1, Buffer.from([0x0f, 0x42, 0x40]), width), width),
    tracks(width),
    tagsOf(fragment.tags, width),
    tagsOf(
      {
        AWS_KINESISVIDEO_FRAGMENT_NUMBER: fragment.fragmentNumber,
        AWS_KINESISVIDEO_SERVER_TIMESTAMP: String(fragment.serverTimestamp),
        AWS_KINESISVIDEO_PRODUCER_TIMESTAMP: String(fragment.producerTimestamp),
      },
      width,
    ),
    isSized ? element(0x1f43b675, cluster) : unsized(0x1f43b675, cluster),
    ...(isWhole ? [ending] : []),
  );
  return concat(header(width), unsized(0x18538067, segment));
}

/** A number as AWS gives them, later ones greater. */
export const fragmentNumberOf = (n: number) =>
  (91343852333181432392682062607743920146159160000n + BigInt(n)).toString();

/** The nth fragment of a camera that sends one every two seconds. */
export const nth = (n: number, more: Partial<WrittenFragment> = {}): WrittenFragment => ({
  fragmentNumber: fragmentNumberOf(n),
  producerTimestamp: 1_767_225_600 + 2 * n,
  serverTimestamp: 1_767_225_600.5 + 2 * n,
  millisBehindNow: 0,
  tags: {},
  frames: [0, 1000].map((relative) => ({
    trackNumber: 1,
    relative,
    isKeyframe: relative === 0,
    data: Buffer.from(`frame at ${relative} of ${n}`),
  })),
  ...more,
});

const frames = fc.array(
  fc.record({
    trackNumber: fc.integer({ min: 1, max: 120 }),
    relative: fc.integer({ min: -32768, max: 32767 }),
    isKeyframe: fc.boolean(),
    inGroup: fc.boolean(),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 6 },
);

/** Fragments of any kind, with rising numbers. */
export const anyFragments = (minLength = 0): fc.Arbitrary<WrittenFragment[]> =>
  fc
    .array(
      fc.record({
        producerTimestamp: fc.integer({ min: 0, max: 4e12 }).map((ms) => ms / 1000),
        serverTimestamp: fc.integer({ min: 0, max: 4e12 }).map((ms) => ms / 1000),
        millisBehindNow: fc.nat(1e9),
        tags: fc.dictionary(
          fc.stringMatching(/^[a-z]{1,12}$/),
          fc.stringMatching(/^[ -~é]{0,40}$/),
        ),
        frames,
        isSized: fc.boolean(),
        sizeWidth: fc.integer({ min: 4, max: 8 }),
      }),
      { minLength, maxLength: 5 },
    )
    .map((all) => all.map((one, n) => ({ ...one, fragmentNumber: fragmentNumberOf(n) })));

/** The bytes in chunks that end anywhere. */
export function* chopped(bytes: Uint8Array, sizes: Iterable<number>): Generator<Uint8Array> {
  let from = 0;
  for (;;) {
    for (const length of sizes) {
      if (from >= bytes.length) return;
      yield bytes.subarray(from, from + length);
      from += length;
    }
  }
}
