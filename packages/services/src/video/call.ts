/** What a client asks of a video stream: read, and refused as AWS would refuse it. */
import { parseJson } from "../http/json.ts";
import type { Request } from "../http/request.ts";
import { invalidArgument, noStream, VideoError } from "./error.ts";
import type { StartSelector } from "./timeline.ts";

/** GetDataEndpoint, or GetMedia with where it is to begin. */
export type VideoCall =
  | { readonly action: "GetDataEndpoint" }
  | { readonly action: "GetMedia"; readonly selector: StartSelector };

/** What each kind of selector needs besides, and what that must be. */
const needs: Readonly<Record<string, readonly [keyof StartSelector, RegExp] | undefined>> = {
  NOW: undefined,
  EARLIEST: undefined,
  FRAGMENT_NUMBER: ["AfterFragmentNumber", /^\d{1,128}$/],
  CONTINUATION_TOKEN: ["ContinuationToken", /^[\w.-]{1,128}$/],
  PRODUCER_TIMESTAMP: ["StartTimestamp", /^\d+(\.\d+)?$/],
  SERVER_TIMESTAMP: ["StartTimestamp", /^\d+(\.\d+)?$/],
};

/** Throws VideoError. */
export function callOf({ path, headers, body }: Request, stream: string): VideoCall {
  const [name = ""] = path.split("?");
  if (name !== "/getDataEndpoint" && name !== "/getMedia") {
    throw new VideoError(
      "UnknownOperationException",
      `The video stream of this machine has GetDataEndpoint and GetMedia, and not ${name}.`,
      404,
    );
  }
  // Signatures are asked for, as on AWS, but not checked: there are no keys to check them with.
  if (!headers.authorization) {
    throw new VideoError(
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
      403,
    );
  }
  const input = inputOf(body);
  checkStream(input, stream);
  if (name === "/getMedia")
    return { action: "GetMedia", selector: selectorOf(input.StartSelector) };
  if (input.APIName !== "GET_MEDIA") {
    throw invalidArgument(
      `APIName must be GET_MEDIA, which alone is here, and is ${JSON.stringify(input.APIName)}.`,
    );
  }
  return { action: "GetDataEndpoint" };
}

function inputOf(body: Buffer): Record<string, any> {
  try {
    const input = parseJson(body);
    if (typeof input === "object" && input !== null) return input;
  } catch {
    // Said below.
  }
  throw new VideoError("SerializationException", "The body is no JSON object.");
}

function checkStream({ StreamName, StreamARN }: Record<string, any>, stream: string): void {
  const name =
    StreamName ?? /^arn:aws[\w-]*:kinesisvideo:.*:stream\/([^/]+)\/\d+$/.exec(StreamARN)?.[1];
  if (StreamName === undefined && StreamARN === undefined) {
    throw invalidArgument("Either StreamName or StreamARN must be given.");
  }
  if (typeof name !== "string") {
    throw invalidArgument(`This is no ARN of a video stream: ${StreamARN}`);
  }
  if (name !== stream) throw noStream(name, stream);
}

function selectorOf(selector: any): StartSelector {
  const type = selector?.StartSelectorType;
  if (!Object.hasOwn(needs, String(type))) {
    throw invalidArgument(
      `StartSelector.StartSelectorType must be one of ${Object.keys(needs).join(", ")}, and is ${JSON.stringify(type)}.`,
    );
  }
  const [member, pattern] = needs[type] ?? [];
  if (member && !pattern!.test(String(selector[member]))) {
    throw invalidArgument(
      `StartSelector.${member} must be given with ${type}, as ${pattern}, and is ${JSON.stringify(selector[member])}.`,
    );
  }
  return selector;
}
