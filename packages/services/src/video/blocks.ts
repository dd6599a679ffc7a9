/** Where in a Matroska file its frames are: found in one reading, of which nothing is kept but places and times. */
import { type BlockDraft, blockDraft } from "../../../../src/video/block.ts";
import { type ElementVisitor, ebmlReader, standardReading } from "../../../../src/video/ebml.ts";
import { elements } from "../../../../src/video/elements.ts";
import { MatroskaError } from "../../../../src/video/errors.ts";
import type { VideoTrack } from "../../../../src/video/fragment.ts";
import { trackReader } from "../../../../src/video/tracks.ts";
import { unsigned } from "../../../../src/video/values.ts";

const clusterTime = 0xe7;
const durationId = 0x4489;
const standardScale = 1_000_000;

/** A range of the file's bytes. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** A block, or a group of one, with its header. */
export interface PlacedBlock extends Place {
  /** Where the block's own content begins: its track, then its time. */
  readonly contentFrom: number;
  readonly trackNumber: number;
  /** In units of the file's timestamp scale, from its beginning on. */
  readonly time: number;
  readonly isKeyframe: boolean;
}

/** What stands in a file. */
export interface PlacedBlocks {
  /** Nanoseconds of a unit of time. */
  readonly scale: number;
  /** In those units; 0 where the file does not say. */
  readonly duration: number;
  readonly tracks: readonly VideoTrack[];
  readonly tracksPlace: Place;
  readonly blocks: readonly PlacedBlock[];
  /** Whether the file ends before it is to. */
  readonly isCut: boolean;
}

/** Takes a file's bytes in order. Throws MatroskaError. */
export function blockFinder(fileBytes: number) {
  const tracks: VideoTrack[] = [];
  const blocks: PlacedBlock[] = [];
  const track = trackReader();
  let tracksPlace: Place = { from: 0, to: 0 };
  let [scale, duration, cluster] = [standardScale, 0, 0];
  let documents = 0;
  let isCut = false;
  let from = 0;
  let contentFrom = 0;
  let block: BlockDraft | undefined;
  let group: { readonly from: number; isKeyframe: boolean; ended: boolean } | undefined;

  function keep(isKeyframe: boolean | undefined): void {
    const frame = block!.frame(isKeyframe, (relative) => cluster + relative);
    const { trackNumber, at: time } = frame;
    const place = { from: group?.from ?? from, to: reader.offset, contentFrom };
    blocks.push({ ...place, trackNumber, time, isKeyframe: frame.isKeyframe });
  }

  const visitor: ElementVisitor = {
    begin(id, size, at) {
      if (Number.isFinite(size) && reader.offset + size > fileBytes) isCut = true;
      if (id === elements.ebml && ++documents > 1) {
        throw new MatroskaError(at, "another document begins", "Play a file that is one.");
      }
      if (id === elements.tracks) tracksPlace = { from: at, to: reader.offset + size };
      if (id === elements.trackEntry) track.begin();
      if (id === elements.blockGroup) group = { from: at, isKeyframe: true, ended: false };
      if (id === elements.simpleBlock || id === elements.block) {
        from = at;
        contentFrom = reader.offset;
        block = blockDraft(at);
        return "parts";
      }
      const isValue =
        [clusterTime, durationId, elements.timestampScale, elements.referenceBlock].includes(id) ||
        track.reads(id);
      return isValue ? "value" : standardReading(id);
    },
    value(id, bytes) {
      if (id === clusterTime) cluster = unsigned(bytes);
      else if (id === durationId) duration = float(bytes);
      else if (id === elements.timestampScale) scale = unsigned(bytes) || standardScale;
      else if (id === elements.referenceBlock && group) group.isKeyframe = false;
      else track.value(id, bytes);
    },
    part: (chunk, start, end) => block!.add(chunk, start, end),
    end(id) {
      if (id === elements.trackEntry) tracks.push(track.end());
      else if (id === elements.simpleBlock) keep(undefined);
      else if (id === elements.block && group) group.ended = true;
      else if (id === elements.blockGroup && group) {
        if (group.ended) keep(group.isKeyframe);
        group = undefined;
      }
      return false;
    },
  };
  const reader = ebmlReader(visitor);

  return {
    push(chunk: Uint8Array): void {
      for (let at = 0; at < chunk.length; ) at = reader.read(chunk, at);
    },
    found: (): PlacedBlocks => ({ scale, duration, tracks, tracksPlace, blocks, isCut }),
  };
}

function float(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength === 8) return view.getFloat64(0);
  return bytes.byteLength === 4 ? view.getFloat32(0) : 0;
}
