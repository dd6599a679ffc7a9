/** What is seen in a camera's picture: Rekognition's results on a data stream, and anybody's in a shape that is as small as can be. */
import type { Decoder } from "../../record/decode/decoder.ts";
import { parseJson } from "../../record/decode/json.ts";
import { maker } from "../../record/uncalled.ts";

/** Somebody, or something, seen in one picture. */
export interface Sighting {
  /** The camera's video stream. */
  readonly camera: string;
  /** When, by the camera's clock: seconds since the epoch, to the millisecond. */
  readonly at: number;
  /** Who or what: of Rekognition's faces the ExternalImageId, or else the FaceId; "unknown" for a face of nobody in the collection. */
  readonly label: string;
  /** 0 to 100: of a known face its similarity, of another how sure it is that it is a face. */
  readonly confidence: number;
}

/** A face in a picture. https://docs.aws.amazon.com/rekognition/latest/dg/streaming-video-kinesis-output-reference.html */
export interface SearchedFace {
  /** With `BoundingBox`, `Landmarks`, `Pose` and `Quality`, as Rekognition gives them. */
  readonly DetectedFace: { readonly Confidence: number; readonly [detail: string]: unknown };
  /** Faces of the collection that are like it; none: it is nobody's in there. */
  readonly MatchedFaces: readonly {
    readonly Similarity: number;
    readonly Face: {
      readonly FaceId: string;
      readonly ExternalImageId?: string;
      readonly [detail: string]: unknown;
    };
  }[];
}

/** What is seen in one picture of a camera. */
export interface InferenceResult {
  readonly camera: string;
  /** Seconds since the epoch, to the millisecond. */
  readonly at: number;
  /** One for each face, of the match that is most like it; none where nobody was seen. */
  readonly sightings: readonly Sighting[];
  /** The video's fragment; undefined where the result is not Rekognition's. */
  readonly fragmentNumber: string | undefined;
  /** All that Rekognition says of faces; empty where the result is not Rekognition's. */
  readonly faces: readonly SearchedFace[];
}

/**
 * Results of Rekognition's stream processors for face search, as they come on a data stream. A picture's time is its fragment's producer timestamp and
 * its offset in the fragment, both in seconds. Takes `{ camera, at, label, confidence }` too, of any other inference; `at` in seconds.
 *
 * @example
 * kinesisConsumer({ consumer: "faces", decode: rekognition(), process: ({ camera, at, sightings }) => console.log(camera, at, sightings) });
 */
function rekognition(): Decoder<InferenceResult, unknown> {
  return { decode: (data) => resultOf(parseJson(data)) };
}

const rekognitionMaker = /* @__PURE__ */ maker(rekognition, "rekognition()");

export { rekognitionMaker as rekognition };

function resultOf(value: any): InferenceResult {
  const video = value?.InputInformation?.KinesisVideo;
  if (video) return faceSearch(value, video);
  const { camera, at, label, confidence } = value ?? {};
  const isSighting =
    isText(camera) && isSeconds(at) && isText(label) && typeof confidence === "number";
  if (!isSighting) {
    throw new TypeError(
      "Neither a result of Rekognition's face search (InputInformation.KinesisVideo) nor { camera, at, label, confidence }, with `at` in seconds since the epoch.",
    );
  }
  const sighting = { camera, at: toMillisecond(at), label, confidence };
  const { at: rounded } = sighting;
  return { camera, at: rounded, sightings: [sighting], fragmentNumber: undefined, faces: [] };
}

function faceSearch({ FaceSearchResponse: faces }: any, video: any): InferenceResult {
  const { StreamArn, FragmentNumber, ProducerTimestamp, FrameOffsetInSeconds } = video;
  if (!Array.isArray(faces) || !faces.every(isFace)) {
    throw new TypeError(
      "FaceSearchResponse must be a list of { DetectedFace, MatchedFaces }, as Rekognition's face search gives it.",
    );
  }
  // arn:aws:kinesisvideo:us-east-1:123456789012:stream/door/1767225600000
  const camera = String(StreamArn).split("/")[1];
  if (!camera || !isSeconds(ProducerTimestamp) || !Number.isFinite(FrameOffsetInSeconds)) {
    throw new TypeError(
      "KinesisVideo must have a StreamArn, and ProducerTimestamp and FrameOffsetInSeconds in seconds.",
    );
  }
  const at = toMillisecond(ProducerTimestamp + FrameOffsetInSeconds);
  const sightings = faces.map((face: SearchedFace): Sighting => ({ camera, at, ...whoIs(face) }));
  return { camera, at, sightings, fragmentNumber: FragmentNumber, faces };
}

function whoIs({ DetectedFace, MatchedFaces }: SearchedFace) {
  const [best] = [...MatchedFaces].sort((a, b) => b.Similarity - a.Similarity);
  if (!best) return { label: "unknown", confidence: DetectedFace.Confidence };
  return { label: best.Face.ExternalImageId || best.Face.FaceId, confidence: best.Similarity };
}

const isFace = (face: any) =>
  typeof face?.DetectedFace?.Confidence === "number" &&
  Array.isArray(face.MatchedFaces) &&
  face.MatchedFaces.every(
    ({ Similarity, Face }: any) => typeof Similarity === "number" && isText(Face?.FaceId),
  );

const isText = (value: unknown) => typeof value === "string" && value !== "";
/** Milliseconds would be 1,000 times as many: from the year 33658 on they would be taken for seconds. */
const isSeconds = (value: unknown) => typeof value === "number" && value >= 0 && value < 1e12;
/** Offsets are 32-bit floats: 0.0020000000949949026. */
const toMillisecond = (seconds: number) => Math.round(seconds * 1000) / 1000;
