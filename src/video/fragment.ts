/** What is handed out: a fragment, its tracks, its frames. All times are seconds since the epoch, as in AWS's tags. */

/** One after the other, they are the bytes. */
export interface Pieces {
  /** Views of the chunks that were read, no copies: several where chunks ended in between. */
  readonly parts: readonly Uint8Array[];
  /** How many bytes they are together. */
  readonly byteLength: number;
}

/** A frame of a track, encoded as its codec has it. */
export interface VideoFrame extends Pieces {
  readonly trackNumber: number;
  /** When it was taken by the producer's clock, in seconds since the epoch, to the millisecond. */
  readonly at: number;
  /** Whether it can be decoded without others. */
  readonly isKeyframe: boolean;
  /** Whether it is several frames in one block, which audio has at times. They are not taken apart. */
  readonly isLaced: boolean;
}

/** A track, as the producer has described it. */
export interface VideoTrack {
  readonly trackNumber: number;
  /** 1: video, 2: audio; others as RFC 9559 has them. */
  readonly trackType: number;
  /** Such as V_MPEG4/ISO/AVC. */
  readonly codecId: string;
  /** What a decoder must know before the first frame; undefined where the codec needs nothing. */
  readonly codecPrivate: Uint8Array | undefined;
  readonly name: string | undefined;
}

/**
 * A whole fragment of GetMedia: one that ended with its continuation token.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-meta.html
 */
export interface VideoFragment extends Pieces {
  /** Digits. Later fragments have greater ones: see `isBehind`. */
  readonly fragmentNumber: string;
  /** When it began by the producer's clock, in seconds since the epoch. */
  readonly producerTimestamp: number;
  /** When it arrived, in seconds since the epoch. */
  readonly serverTimestamp: number;
  /** What GetMedia takes to go on behind it. */
  readonly continuationToken: string;
  /** How far it is behind the newest, in milliseconds; undefined where GetMedia did not say. */
  readonly millisBehindNow: number | undefined;
  /** The tags that are not Kinesis Video Streams' own: the producer's. */
  readonly tags: ReadonlyMap<string, string>;
  readonly tracks: readonly VideoTrack[];
  /** In the order in which they were sent; none where they were passed over. */
  readonly frames: readonly VideoFrame[];
}

/** The bytes in one piece: a view where they are one part, or else a copy. */
export function bytesOf({ parts, byteLength }: Pieces): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** Whether a fragment number is greater than another: both are digits, and have more than a number holds. */
export function isBehind(fragmentNumber: string, other: string): boolean {
  const [a, b] = [withoutZeros(fragmentNumber), withoutZeros(other)];
  return a.length === b.length ? a > b : a.length > b.length;
}

const withoutZeros = (digits: string) => digits.replace(/^0+/, "");
