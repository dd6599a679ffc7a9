/** GetMedia by clients of the SDK: which calls are made. */
import { getMedia, type VideoSdk } from "shardmill/video";
import { expect, it } from "vitest";

function sdk() {
  const calls: unknown[] = [];
  const client = (name: string, answer: () => unknown) =>
    class {
      constructor(settings: object) {
        calls.push([name, settings]);
      }
      async send({ input }: { input: unknown }) {
        calls.push(input);
        return answer();
      }
    };
  const command = class {
    readonly input: unknown;
    constructor(input: unknown) {
      this.input = input;
    }
  };
  const payload = Object.assign([new Uint8Array(1)], {
    isDestroyed: false,
    destroy() {
      payload.isDestroyed = true;
    },
  });
  const failing = { error: undefined as Error | undefined };
  const given = {
    KinesisVideoClient: client("video", () => ({ DataEndpoint: "https://s-1.example" })),
    KinesisVideoMediaClient: client("media", () => {
      if (failing.error) throw failing.error;
      return { Payload: payload };
    }),
    GetDataEndpointCommand: command,
    GetMediaCommand: command,
  } as unknown as VideoSdk;
  return { calls, payload, failing, given };
}

const selector = { StartSelectorType: "NOW" } as const;

it("asks for the endpoint once, and anew after a call that failed", async () => {
  const { calls, failing, given } = sdk();
  const source = getMedia({ sdk: given, settings: { region: "eu-central-1" } });
  const { signal } = new AbortController();
  await source("door", selector, signal);
  expect(calls).toEqual([
    ["video", { region: "eu-central-1" }],
    { StreamName: "door", APIName: "GET_MEDIA" },
    ["media", { region: "eu-central-1", endpoint: "https://s-1.example" }],
    { StreamName: "door", StartSelector: selector },
  ]);
  const endpoints = () => calls.filter((call) => JSON.stringify(call).includes("APIName")).length;
  await source("door", selector, signal);
  expect(endpoints()).toBe(1);
  failing.error = new Error("no such host");
  await expect(source("door", selector, signal)).rejects.toThrow("no such host");
  failing.error = undefined;
  await source("door", selector, signal);
  expect(endpoints()).toBe(2);
});

it("names a stream by its ARN where it is one, and lets go of the payload when it is told to", async () => {
  const { calls, payload, given } = sdk();
  const stop = new AbortController();
  const arn = "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door/1767225600000";
  await getMedia({ sdk: given })(arn, selector, stop.signal);
  expect(calls[1]).toEqual({ StreamARN: arn, APIName: "GET_MEDIA" });
  expect(payload.isDestroyed).toBe(false);
  stop.abort();
  expect(payload.isDestroyed).toBe(true);
});
