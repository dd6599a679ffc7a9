/** Reads members of a request, with the errors that AWS has for what is missing or of another type. */
import { missingParameter, SqsError } from "../error.ts";
import type { MessageAttribute, MessageAttributes } from "../message.ts";

export type Input = Readonly<Record<string, unknown>>;

const serialization = (value: unknown, type: string) =>
  new SqsError(
    "SerializationException",
    `${JSON.stringify(value)} can not be converted to ${type}`,
  );

export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw serialization(value, "a String");
}

export function requiredText(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined) throw missingParameter(name);
  return value;
}

export function optionalInteger(input: Input, name: string): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || Number.isInteger(value)) return value as number | undefined;
  throw serialization(value, "an Integer");
}

export function requiredInteger(input: Input, name: string): number {
  const value = optionalInteger(input, name);
  if (value === undefined) throw missingParameter(name);
  return value;
}

export function listOfTexts(input: Input, name: string): readonly string[] {
  const value = input[name] ?? [];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw serialization(value, "a list of Strings");
}

export function listOfObjects(input: Input, name: string): readonly Input[] {
  const value = input[name] ?? [];
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw serialization(value, "a list of structures");
}

export function mapOfTexts(input: Input, name: string): Readonly<Record<string, string>> {
  const value = input[name] ?? {};
  if (isObject(value) && Object.values(value).every((one) => typeof one === "string")) {
    return value as Record<string, string>;
  }
  throw serialization(value, "a map of Strings");
}

/** Binary values are base64, as JSON has them. */
export function messageAttributes(input: Input, name: string): MessageAttributes {
  const value = input[name] ?? {};
  if (!isObject(value) || !Object.values(value).every(isObject)) {
    throw serialization(value, "a map of message attributes");
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, given]) => [key, messageAttribute(given as Input)]),
  );
}

function messageAttribute(given: Input): MessageAttribute {
  const text = optionalText(given, "StringValue");
  const binary = optionalText(given, "BinaryValue");
  return {
    DataType: optionalText(given, "DataType") ?? "",
    ...(text !== undefined && { StringValue: text }),
    ...(binary !== undefined && { BinaryValue: Buffer.from(binary, "base64") }),
  };
}

const isObject = (value: unknown): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value);
