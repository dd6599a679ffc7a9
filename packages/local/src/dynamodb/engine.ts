import type { Input, Units } from "./types.ts";

/** What answers a request: dynalite with its layer, or the official DynamoDB Local. */
export interface Engine {
  readonly name: "dynalite" | "official";
  /** Performs one operation. Rejects only when the engine itself is broken or gone. */
  call(operation: string, input: Input): Promise<Answer>;
  /** Deletes the items whose time to live has passed, and says how many. */
  deleteExpired(): Promise<number>;
  close(): Promise<void>;
}

/** A reply: HTTP status and JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** What it cost, by table, where the body does not say so. */
  readonly consumed?: Consumed;
}

/** Capacity units by table. */
export type Consumed = Readonly<Record<string, Units>>;

/** An attribute's value, as DynamoDB's JSON protocol writes it: binary is base64. */
export type AttributeValue = { readonly [type: string]: unknown };

export type Item = { readonly [attribute: string]: AttributeValue };

const modelErrors = "com.amazonaws.dynamodb.v20120810#";

/** An answer that refuses, under the error's name as the SDKs know it. */
export function refusal(name: string, message: string, more: Record<string, unknown> = {}): Answer {
  if (name === "ValidationException") {
    return { status: 400, body: { __type: `com.amazon.coral.validate#${name}`, message } };
  }
  if (name === "InternalServerError") {
    return { status: 500, body: { __type: modelErrors + name, message } };
  }
  return { status: 400, body: { __type: modelErrors + name, ...more, message } };
}

/** The error's name in an answer, or undefined if the answer is a success. */
export function refusedAs({ status, body }: Answer): string | undefined {
  if (status < 400) return undefined;
  return String(body.__type ?? "UnknownError").replace(/^.*#/, "");
}
