/**
 * Fragments of what GetMedia sends: documents of Matroska, one after the other. Before its frames a fragment has tags with its number and
 * times, behind them tags with its continuation token; without that it is not whole, and is not handed out.
 */
import { type BlockDraft, blockDraft } from "./block.ts";
import { type ElementVisitor, ebmlReader, standardReading } from "./ebml.ts";
import { elements } from "./elements.ts";
import { GetMediaError, MatroskaError } from "./errors.ts";
import type { VideoFragment, VideoFrame, VideoTrack } from "./fragment.ts";
import { tagReader } from "./tags.ts";
import { trackReader } from "./tracks.ts";
import { unsigned } from "./values.ts";

/** How fragments are read. */
export interface ReadFragmentsOptions {
  /** Whether frames, and a fragment's bytes, are handed out. False: they are passed over, and fragments are their tags. @default true */
  readonly frames?: boolean;
  /**
   * How many bytes of one fragment are held at most. A greater one is refused. Minimum: 1.
   * @default 64 MiB; PutMedia takes fragments of up to 50 MB
   */
  readonly maxFragmentBytes?: number;
}

/** Takes chunks of any size, one after the other. */
export interface FragmentScanner {
  /**
   * Reads on in a chunk from `from`, and returns where it paused: at the chunk's end, or where a fragment is whole, which is to be taken then.
   * @throws MatroskaError that says at which byte
   */
  read(chunk: Uint8Array, from: number): number;
  /**
   * The fragment that has ended, once.
   * @throws GetMediaError where GetMedia says that it failed; MatroskaError for one without a number
   */
  take(): VideoFragment | undefined;
}

const own = "AWS_KINESISVIDEO_";
/** Far more than tags and tracks ever have. */
const mostDescribed = 4 * 1024 * 1024;
const leastElement = 2;
const nanosecondsOfMs = 1_000_000;

/** A scanner at the beginning of a payload. */
export function fragmentScanner({
  frames: wantsFrames = true,
  maxFragmentBytes = 64 * 1024 * 1024,
}: ReadFragmentsOptions = {}): FragmentScanner {
  let tracks: VideoTrack[] = [];
  let tags = new Map<string, string>();
  let frames: VideoFrame[] = [];
  let parts: Uint8Array[] = [];
  /** Of the parts, and where the first of them begins. */
  let held = 0;
  let heldFrom = 0;
  /** Where the newest document begins: what is held from before it has not become a fragment. */
  let documentAt = 0;
  /** Bytes of tags and tracks since then. */
  let described = 0;
  let millisecondsPerUnit = 1;
  let block: BlockDraft | undefined;
  /** A block in a group is a frame once the group says whether it refers to another. */
  let group: { block: BlockDraft | undefined; isKeyframe: boolean } | undefined;
  /** Tags have ended that say how it ended. */
  let ended = false;
  const track = trackReader();
  const tag = tagReader();

  const text = (name: string) => tags.get(own + name);
  /** Of the fragment. What is no number is NaN, and nothing is refused because of it. */
  const seconds = (name: string) => Number(text(name) ?? Number.NaN);

  function toTime(relative: number): number {
    const begin = seconds("PRODUCER_TIMESTAMP");
    return Math.round(begin * 1000 + relative * millisecondsPerUnit) / 1000;
  }

  function restart(at: number): void {
    tracks = [];
    tags = new Map();
    frames = [];
    group = undefined;
    millisecondsPerUnit = 1;
    described = 0;
    documentAt = at;
  }

  const visitor: ElementVisitor = {
    begin(id, size, at) {
      if (id === elements.ebml) restart(at);
      if (id === elements.cluster && !wantsFrames && Number.isFinite(size)) return "skip";
      if (id === elements.trackEntry) track.begin();
      if (id === elements.simpleTag) tag.begin(tags);
      if (id === elements.blockGroup) group = { block: undefined, isKeyframe: true };
      if (id === elements.simpleBlock || id === elements.block) {
        if (!wantsFrames) return "skip";
        block = blockDraft(at);
        return "parts";
      }
      if (id === elements.timestampScale || id === elements.referenceBlock) return "value";
      return track.reads(id) || tag.reads(id) ? "value" : standardReading(id);
    },
    value(id, bytes) {
      described += bytes.byteLength + leastElement;
      if (described > mostDescribed) {
        throw new MatroskaError(
          reader.offset,
          `tags and tracks have more than ${mostDescribed} bytes`,
        );
      }
      if (id === elements.timestampScale)
        millisecondsPerUnit = Math.max(1, unsigned(bytes)) / nanosecondsOfMs;
      else if (id === elements.referenceBlock && group) group.isKeyframe = false;
      else if (track.reads(id)) track.value(id, bytes);
      else tag.value(id, bytes);
    },
    part: (chunk, from, to) => block!.add(chunk, from, to),
    end(id) {
      if (id === elements.trackEntry) tracks.push(track.end());
      else if (id === elements.simpleTag) tag.end(tags);
      else if (id === elements.simpleBlock) frames.push(block!.frame(undefined, toTime));
      else if (id === elements.block && group) group.block = block;
      else if (id === elements.blockGroup && group) {
        if (group.block) frames.push(group.block.frame(group.isKeyframe, toTime));
        group = undefined;
      } else if (id === elements.tags) ended = text("CONTINUATION_TOKEN") !== undefined || failed();
      return ended;
    },
  };
  const failed = () => text("ERROR_ID") !== undefined || text("ERROR_CODE") !== undefined;
  const reader = ebmlReader(visitor);

  /** Holds what was read, and lets go of what came before the newest document. */
  function hold(part: Uint8Array): void {
    parts.push(part);
    held += part.byteLength;
    for (let excess = documentAt - heldFrom; excess > 0; ) {
      const first = parts.shift()!;
      const gone = Math.min(excess, first.byteLength);
      if (gone < first.byteLength) parts.unshift(first.subarray(gone));
      excess -= gone;
      held -= gone;
      heldFrom += gone;
    }
  }

  function fragment(): VideoFragment {
    if (failed()) throw new GetMediaError(seconds("ERROR_ID"), text("ERROR_CODE") ?? "no code");
    const fragmentNumber = text("FRAGMENT_NUMBER");
    if (!fragmentNumber || !/^\d+$/.test(fragmentNumber)) {
      throw new MatroskaError(
        reader.offset,
        `a continuation token stands behind the fragment number ${fragmentNumber ?? "of none"}`,
      );
    }
    const behind = text("MILLIS_BEHIND_NOW");
    const whole: VideoFragment = {
      fragmentNumber,
      producerTimestamp: seconds("PRODUCER_TIMESTAMP"),
      serverTimestamp: seconds("SERVER_TIMESTAMP"),
      continuationToken: text("CONTINUATION_TOKEN")!,
      millisBehindNow: behind === undefined ? undefined : Number(behind),
      tags: new Map([...tags].filter(([name]) => !name.startsWith(own))),
      tracks,
      frames,
      parts,
      byteLength: held,
    };
    tags = new Map();
    frames = [];
    parts = [];
    heldFrom += held;
    held = 0;
    ended = false;
    described = 0;
    return whole;
  }

  function refuseTooLarge(): void {
    if (held <= maxFragmentBytes) return;
    throw new MatroskaError(
      reader.offset,
      `the fragment ${text("FRAGMENT_NUMBER") ?? "(without a number so far)"} has more than ${maxFragmentBytes} bytes`,
      "Raise maxFragmentBytes, or read without frames. If this is no payload of GetMedia, it has no continuation tokens, and no fragment of it ends.",
    );
  }

  return {
    read(chunk, from) {
      const to = reader.read(chunk, from);
      if (wantsFrames) hold(chunk.subarray(from, to));
      if (!ended) refuseTooLarge();
      return to;
    },
    take: () => (ended ? fragment() : undefined),
  };
}
