/** GetMedia by the clients of the AWS SDK. */
import { missingSdk } from "./failures.ts";

/** Behind which fragment, or from where on. */
export type Selector =
  | { readonly StartSelectorType: "NOW" | "EARLIEST" }
  | { readonly StartSelectorType: "FRAGMENT_NUMBER"; readonly AfterFragmentNumber: string }
  | {
      readonly StartSelectorType: "SERVER_TIMESTAMP" | "PRODUCER_TIMESTAMP";
      readonly StartTimestamp: Date;
    };

/** Begins to read: resolves to the bytes of GetMedia's answer. They are read to their end, or `signal` is aborted. */
export type VideoSource = (
  stream: string,
  selector: Selector,
  signal: AbortSignal,
) => PromiseLike<AsyncIterable<Uint8Array>>;

interface Client {
  send(command: any, options?: any): PromiseLike<any>;
}

/** What is used of `@aws-sdk/client-kinesis-video` and `@aws-sdk/client-kinesis-video-media`, from whichever version of them. */
export interface VideoSdk {
  readonly KinesisVideoClient: new (settings: any) => Client;
  readonly GetDataEndpointCommand: new (input: any) => object;
  readonly KinesisVideoMediaClient: new (settings: any) => Client;
  readonly GetMediaCommand: new (input: any) => object;
}

/** What `getMedia` takes. */
export interface GetMediaOptions {
  /**
   * Both modules in one object, for a bundle: `{ ...kinesisVideo, ...kinesisVideoMedia }`. @default `@aws-sdk/client-kinesis-video` and
   * `@aws-sdk/client-kinesis-video-media`, loaded when they are needed
   */
  readonly sdk?: VideoSdk;
  /** Settings of both clients, such as region and credentials. @default from the environment */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Reads with GetDataEndpoint and GetMedia. The endpoint is asked for once, and anew after a call that failed. The role needs
 * kinesisvideo:GetDataEndpoint and kinesisvideo:GetMedia on the stream.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html
 *
 * @example
 * import * as kinesisVideo from "@aws-sdk/client-kinesis-video";
 * import * as kinesisVideoMedia from "@aws-sdk/client-kinesis-video-media";
 * const source = getMedia({ sdk: { ...kinesisVideo, ...kinesisVideoMedia }, settings: { region: "eu-central-1" } });
 */
export function getMedia({ sdk: given, settings = {} }: GetMediaOptions = {}): VideoSource {
  let endpoint: string | undefined;
  return async (stream, StartSelector, signal) => {
    const sdk = given ?? (await load());
    const name = stream.startsWith("arn:") ? { StreamARN: stream } : { StreamName: stream };
    try {
      if (endpoint === undefined) {
        const client = new sdk.KinesisVideoClient(settings);
        const command = new sdk.GetDataEndpointCommand({ ...name, APIName: "GET_MEDIA" });
        const { DataEndpoint } = await client.send(command, { abortSignal: signal });
        if (!DataEndpoint) throw new TypeError(`GetDataEndpoint of ${stream}: no DataEndpoint.`);
        endpoint = DataEndpoint;
      }
      const client = new sdk.KinesisVideoMediaClient({ ...settings, endpoint });
      const command = new sdk.GetMediaCommand({ ...name, StartSelector });
      const { Payload } = await client.send(command, { abortSignal: signal });
      signal.addEventListener("abort", () => Payload.destroy?.(), { once: true });
      return Payload;
    } catch (error) {
      endpoint = undefined;
      throw error;
    }
  };
}

const packages = ["@aws-sdk/client-kinesis-video", "@aws-sdk/client-kinesis-video-media"];

/** By names that a bundler does not see: who reads no video need not have them. */
async function load(): Promise<VideoSdk> {
  try {
    const modules = await Promise.all(packages.map((name) => import(/* @vite-ignore */ name)));
    return Object.assign({}, ...modules);
  } catch (cause) {
    const error = new TypeError(
      `consumeVideo needs ${packages.join(" and ")}: npm install them. In a bundle, hand them in: source: getMedia({ sdk: { ...kinesisVideo, ...kinesisVideoMedia } }).`,
      { cause },
    );
    throw Object.assign(error, { code: missingSdk });
  }
}
