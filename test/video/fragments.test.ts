/** Fragments out of chunks of any size. */
import fc from "fast-check";
import { bytesOf, isBehind, readFragments, type VideoFragment } from "shardmill/video";
import { describe, expect, it } from "vitest";
import {
  type FragmentScanner,
  fragmentScanner,
  type ReadFragmentsOptions,
} from "../../src/video/fragment-scanner.ts";
import {
  anyFragments,
  chopped,
  concat,
  element,
  fragmentNumberOf,
  header,
  nth,
  tagsOf,
  type WrittenFragment,
  written,
} from "./matroska.ts";

/** Chunks of one byte and of 777 among them. */
const sizes = fc.oneof(
  fc.constantFrom([1], [777], [65_536]),
  fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
);

function read(chunks: Iterable<Uint8Array>, options?: ReadFragmentsOptions) {
  const scanner = fragmentScanner(options);
  const out: VideoFragment[] = [];
  for (const chunk of chunks) out.push(...fragmentsIn(chunk, scanner));
  return out;
}

function* fragmentsIn(chunk: Uint8Array, scanner: FragmentScanner) {
  for (let from = 0; from < chunk.length; ) {
    from = scanner.read(chunk, from);
    const fragment = scanner.take();
    if (fragment) yield fragment;
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const expected = (fragment: WrittenFragment) => ({
  fragmentNumber: fragment.fragmentNumber,
  continuationToken: fragment.fragmentNumber,
  producerTimestamp: fragment.producerTimestamp,
  serverTimestamp: fragment.serverTimestamp,
  millisBehindNow: fragment.millisBehindNow,
  tags: fragment.tags,
  frames: fragment.frames.map(({ trackNumber, relative, isKeyframe, data }) => ({
    ...{ trackNumber, isKeyframe, isLaced: false },
    at: Math.round(fragment.producerTimestamp * 1000 + relative) / 1000,
    data: hex(data),
  })),
});

const found = (fragments: ReturnType<typeof read>) =>
  fragments.map(({ tags, tracks, frames, parts, byteLength, ...rest }) => ({
    ...rest,
    tags: Object.fromEntries(tags),
    frames: frames.map((frame) => {
      const { parts, byteLength, ...of } = frame;
      return { ...of, data: hex(bytesOf(frame)) };
    }),
  }));

describe("fragments", () => {
  it("are the same wherever chunks end, with their tags, their frames and their bytes", () => {
    fc.assert(
      fc.property(anyFragments(), sizes, (fragments, lengths) => {
        const documents = fragments.map((fragment) => written(fragment));
        const out = read(chopped(concat(...documents), lengths));
        expect(found(out)).toEqual(fragments.map(expected));
        // Each is a document of its own, byte for byte.
        expect(out.map((one) => hex(bytesOf(one)))).toEqual(documents.map(hex));
        for (const { tracks } of out) {
          expect(tracks).toMatchObject([
            { trackNumber: 1, trackType: 1, codecId: "V_MPEG4/ISO/AVC", name: undefined },
          ]);
        }
      }),
    );
  });

  it("are handed out only once their continuation token was seen, wherever they are cut off", () => {
    fc.assert(
      fc.property(
        anyFragments(1),
        sizes,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, lengths, share) => {
          const documents = all.map((fragment) => written(fragment));
          const bytes = concat(...documents);
          const cut = Math.floor(share * bytes.length);
          const ends = documents.map((_, n) => concat(...documents.slice(0, n + 1)).length);
          const whole = ends.filter((end) => end <= cut).length;
          const out = read(chopped(bytes.subarray(0, cut), lengths));
          expect(out.map(({ fragmentNumber }) => fragmentNumber)).toEqual(
            all.slice(0, whole).map(({ fragmentNumber }) => fragmentNumber),
          );
        },
      ),
    );
  });

  it("that end without a token are left out, with their bytes, and the next is itself", () => {
    fc.assert(
      fc.property(anyFragments(2), sizes, (fragments, lengths) => {
        const [first, ...others] = fragments;
        const bytes = concat(
          written(first!, { isWhole: false }),
          ...others.map((one) => written(one)),
        );
        const out = read(chopped(bytes, lengths));
        expect(found(out)).toEqual(others.map(expected));
        expect(out.map((one) => hex(bytesOf(one)))).toEqual(others.map((one) => hex(written(one))));
      }),
    );
  });

  it("are their tags alone where frames are passed over", () => {
    fc.assert(
      fc.property(anyFragments(), sizes, (fragments, lengths) => {
        const bytes = concat(...fragments.map((fragment) => written(fragment)));
        const out = read(chopped(bytes, lengths), { frames: false });
        expect(found(out)).toEqual(fragments.map((one) => ({ ...expected(one), frames: [] })));
        expect(out.every(({ byteLength }) => byteLength === 0)).toBe(true);
      }),
    );
  });

  it("have frames that are views of the chunks, and one part where no chunk ended inside", () => {
    const bytes = written(nth(1));
    const [fragment] = read([bytes]);
    for (const { parts } of fragment!.frames) {
      expect(parts).toHaveLength(1);
      expect(parts[0]!.buffer).toBe(bytes.buffer);
      expect(bytesOf({ parts, byteLength: parts[0]!.length })).toBe(parts[0]);
    }
  });

  it("come one by one from a payload, and nothing is read while one is worked on", async () => {
    let given = 0;
    async function* payload() {
      for (let n = 0; n < 5; n++) {
        given++;
        yield written(nth(n));
      }
    }
    const seen: number[] = [];
    for await (const { fragmentNumber } of readFragments(payload())) {
      seen.push(given);
      expect(fragmentNumber).toBe(fragmentNumberOf(seen.length - 1));
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ["asynchronous", true],
    ["at hand", false],
  ])(
    "let go of a payload that is %s once nobody wants more, or it is broken, and not of one that has ended",
    async (_, isAsync) => {
      const returnsOf = async (chunks: readonly Uint8Array[], most: number) => {
        let returns = 0;
        const steps = chunks.values();
        const source = {
          next: () => (isAsync ? Promise.resolve(steps.next()) : steps.next()),
          return: () => {
            returns++;
            return isAsync ? Promise.resolve({ done: true }) : { done: true };
          },
        };
        const payload = { [isAsync ? Symbol.asyncIterator : Symbol.iterator]: () => source };
        let left = most;
        try {
          for await (const _ of readFragments(payload as unknown as Iterable<Uint8Array>))
            if (--left === 0) break;
        } catch {}
        return returns;
      };
      const whole = [1, 2, 3].map((n) => written(nth(n)));
      expect(await returnsOf(whole, 2)).toBe(1);
      expect(await returnsOf([...whole, Buffer.from("00000018", "hex")], 9)).toBe(1);
      expect(await returnsOf(whole, 9)).toBe(0);
    },
  );

  it("are ordered by number, whatever a number of JavaScript would make of it", () => {
    expect(isBehind(fragmentNumberOf(2), fragmentNumberOf(1))).toBe(true);
    expect(isBehind(fragmentNumberOf(1), fragmentNumberOf(1))).toBe(false);
    expect(isBehind("10", "9")).toBe(true);
    expect(isBehind("009", "10")).toBe(false);
  });
});

describe("what is no fragment", () => {
  const fails = (chunks: Iterable<Uint8Array>, options?: ReadFragmentsOptions) => {
    try {
      read(chunks, options);
    } catch (error) {
      return error as Error & { byteOffset?: number; errorId?: number };
    }
    throw new Error("It was read.");
  };

  it("is an error of GetMedia, which says what to do; fragments before it have come", () => {
    const error = tagsOf({
      AWS_KINESISVIDEO_ERROR_ID: "4501",
      AWS_KINESISVIDEO_ERROR_CODE: "KMSKeyDisabled",
    });
    const failed = concat(header(), Buffer.from("1853806701ffffffffffffff", "hex"), error);
    const scanner = fragmentScanner();
    const seen: string[] = [];
    expect(() => {
      for (const one of fragmentsIn(concat(written(nth(1)), failed), scanner))
        seen.push(one.fragmentNumber);
    }).toThrow(
      "GetMedia ended with error 4501 (KMSKeyDisabled): the KMS key is disabled: enable it.",
    );
    expect(seen).toEqual([fragmentNumberOf(1)]);
    expect(fails([failed])).toMatchObject({ name: "GetMediaError", errorId: 4501 });
  });

  it.each([
    [
      "MP4",
      Buffer.from("00000018667479706d703432", "hex"),
      0,
      /no element begins with 0x0\. Give it what GetMedia/,
    ],
    [
      "an element outside of a document",
      element(0x1f43b675, Buffer.alloc(3)),
      0,
      /cluster \(0x1F43B675\) is no beginning/,
    ],
    [
      "a document inside of tags",
      concat(header(), element(0x18538067, element(0x1254c367, header()))),
      header().length + 12 + 12,
      /begins inside of the element tags/,
    ],
    [
      "a child that is longer than its parent",
      concat(header(), element(0x18538067, element(0x1254c367, Buffer.from("7373ff", "hex")))),
      undefined,
      /has no size/,
    ],
    [
      "tags without a size",
      concat(header(), element(0x18538067, Buffer.from("1254c367ff", "hex"))),
      header().length + 12,
      /the element tags \(0x1254C367\) has no size/,
    ],
    [
      "a child behind its parent's end",
      concat(header(), element(0x18538067, element(0x1254c367, Buffer.from("737385", "hex")))),
      undefined,
      /the element tag \(0x7373\) ends at \d+, behind its parent tags/,
    ],
    [
      "a block without a head",
      concat(
        header(),
        element(0x18538067, element(0x1f43b675, element(0xa3, Buffer.from([0x81])))),
      ),
      undefined,
      /a block has no head/,
    ],
    [
      "a token without a number",
      concat(header(), element(0x18538067, tagsOf({ AWS_KINESISVIDEO_CONTINUATION_TOKEN: "1" }))),
      undefined,
      /stands behind the fragment number of none/,
    ],
    [
      "a codec of two megabytes",
      concat(
        header(),
        element(
          0x18538067,
          element(0x1654ae6b, element(0xae, element(0x63a2, Buffer.alloc(2 ** 21)))),
        ),
      ),
      undefined,
      /too many for it/,
    ],
  ])("is refused with its byte and what to do: %s", (_, bytes, at, message) => {
    for (const length of [1, 7, bytes.length]) {
      const error = fails(chopped(bytes, [length]));
      expect(error).toMatchObject({
        name: "MatroskaError",
        message: expect.stringMatching(message),
      });
      expect(error.message).toMatch(/^Matroska, byte \d+: .+\. (The fragments before it|Give it)/);
      if (at !== undefined) expect(error.byteOffset).toBe(at);
    }
  });

  it("is one that is larger than may be held", () => {
    const [small, large] = [
      nth(1),
      nth(2, { frames: [{ ...nth(2).frames[0]!, data: Buffer.alloc(5000) }] }),
    ];
    const bytes = concat(written(small), written(large));
    expect(fails(chopped(bytes, [777]), { maxFragmentBytes: 4000 }).message).toMatch(
      new RegExp(
        `the fragment ${large.fragmentNumber} has more than 4000 bytes. Raise maxFragmentBytes`,
      ),
    );
    expect(read(chopped(bytes, [777]), { maxFragmentBytes: 4000, frames: false })).toHaveLength(2);
  });

  it("never ends in anything but fragments and these errors, whatever bytes there are", () => {
    fc.assert(
      fc.property(
        anyFragments(1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        sizes,
        (fragments, changes, lengths) => {
          const bytes = concat(...fragments.map((fragment) => written(fragment)));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const scanner = fragmentScanner({ maxFragmentBytes: 100_000 });
          try {
            for (const chunk of chopped(bytes, lengths)) [...fragmentsIn(chunk, scanner)];
          } catch (error) {
            expect(["MatroskaError", "GetMediaError"]).toContain((error as Error).name);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
