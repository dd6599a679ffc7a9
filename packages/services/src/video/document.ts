/** A fragment as GetMedia sends it: a Matroska document of its own, with AWS's tags before and behind its frames. */
import { numberLength } from "../../../../src/video/ebml.ts";
import { elements } from "../../../../src/video/elements.ts";
import type { RecordedFragment, VideoRecording } from "./recording.ts";

export type Tags = Readonly<Record<string, string | number>>;

const own = "AWS_KINESISVIDEO_";

/** The fragment's document. `offsetMs`: what its times have more than in the file. */
export async function fragmentDocument(
  recording: VideoRecording,
  { blocks }: RecordedFragment,
  offsetMs: number,
  { before, behind }: { readonly before: Tags; readonly behind: Tags },
): Promise<Uint8Array> {
  const scale = Math.round(recording.millisecondsPerUnit * 1e6);
  const start = blocks[0]!.time;
  const time = start + Math.round(offsetMs / recording.millisecondsPerUnit);
  const content = [element(clusterTime, unsigned(time)), ...(await frames(recording, blocks))];
  return Buffer.concat([
    element(elements.ebml, element(docType, Buffer.from("matroska"))),
    unsized(elements.segment),
    element(
      elements.info,
      ...[element(elements.timestampScale, unsigned(scale))],
      ...[
        element(muxingApp, Buffer.from("shardmill")),
        element(writingApp, Buffer.from("shardmill")),
      ],
    ),
    recording.tracks,
    tagged(before),
    element(elements.cluster, ...content),
    tagged(behind),
  ]);
}

/** A document that says why no fragment comes. */
export const errorDocument = (errorId: number, errorCode: string): Uint8Array =>
  Buffer.concat([
    element(elements.ebml, element(docType, Buffer.from("matroska"))),
    unsized(elements.segment),
    tagged({ ERROR_CODE: errorCode, ERROR_ID: errorId }),
  ]);

async function frames(
  { read }: VideoRecording,
  blocks: RecordedFragment["blocks"],
): Promise<readonly Uint8Array[]> {
  const { from } = blocks[0]!;
  const start = blocks[0]!.time;
  const bytes = await read(from, blocks.at(-1)!.to);
  return blocks.map((block) => {
    const at = block.contentFrom - from;
    bytes.writeInt16BE(block.time - start, at + numberLength(bytes[at]!));
    return bytes.subarray(block.from - from, block.to - from);
  });
}

const clusterTime = 0xe7;
const docType = 0x4282;
const muxingApp = 0x4d80;
const writingApp = 0x5741;

const tagged = (tags: Tags) =>
  element(
    elements.tags,
    element(
      elements.tag,
      ...Object.entries(tags).map(([name, value]) =>
        element(
          elements.simpleTag,
          element(elements.tagName, Buffer.from(own + name)),
          element(elements.tagString, Buffer.from(String(value))),
        ),
      ),
    ),
  );

/** Sizes have 8 bytes: a few more than they need. */
function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(content.reduce((sum, { byteLength }) => sum + byteLength, 0)));
  size[0] = 1;
  return Buffer.concat([unsigned(id), size, ...content]);
}

const unsized = (id: number) =>
  Buffer.concat([unsigned(id), Buffer.from("01ffffffffffffff", "hex")]);

function unsigned(value: number): Uint8Array {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
}
