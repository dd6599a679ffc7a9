/** The query protocol, which older SDKs speak: its parameters as JSON has them, and answers in XML. */
import { type Form, listOf, textOf } from "../http/form.ts";
import type { XmlMembers, XmlValue } from "../http/xml.ts";
import type { Input, Output } from "./api/index.ts";

export const namespace = "http://queue.amazonaws.com/doc/2012-11-05/";

const lists: Readonly<Record<string, string>> = {
  AttributeName: "AttributeNames",
  MessageAttributeName: "MessageAttributeNames",
  MessageSystemAttributeName: "MessageSystemAttributeNames",
  TagKey: "TagKeys",
};

const integers = new Set([
  "DelaySeconds",
  "MaxNumberOfMessages",
  "MaxResults",
  "VisibilityTimeout",
  "WaitTimeSeconds",
]);

/** Maps are numbered pairs: the name in JSON, and what a pair calls its key. */
const maps: Readonly<Record<string, readonly [string, "Name" | "Key"]>> = {
  Attribute: ["Attributes", "Name"],
  MessageAttribute: ["MessageAttributes", "Name"],
  MessageSystemAttribute: ["MessageSystemAttributes", "Name"],
  Tag: ["Tags", "Key"],
};

/** `Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=60` is `{ Attributes: { VisibilityTimeout: "60" } }`. */
export function inputOf(form: Form): Input {
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    const map = maps[name];
    if (map && typeof value === "object") input[map[0]] = pairs(value, map[1]);
    else if (lists[name] && typeof value === "object") input[lists[name]] = listOf(value);
    else if (name.endsWith("BatchRequestEntry")) input.Entries = listOf(value).map(entryOf);
    else input[name] = integers.has(name) && /^-?\d+$/.test(`${value}`) ? Number(value) : value;
  }
  // CreateQueue has its tags under another name than TagQueue.
  return form.Action === "CreateQueue" ? { ...input, tags: input.Tags } : input;
}

const entryOf = (entry: string | Form) => (typeof entry === "object" ? inputOf(entry) : entry);

function pairs(value: Form, key: "Name" | "Key"): Record<string, unknown> {
  const given = listOf(value).filter((pair) => typeof pair === "object");
  return Object.fromEntries(given.map((pair) => [textOf(pair, key) ?? "", pair.Value ?? ""]));
}

/** Lists lose their plural, and maps become numbered pairs again. */
export function resultOf(output: Output): XmlMembers | undefined {
  if (output === undefined) return undefined;
  const result: Record<string, XmlValue> = {};
  for (const [name, value] of Object.entries(output)) {
    switch (name) {
      case "QueueUrls":
      case "queueUrls":
        result.QueueUrl = value as XmlValue;
        break;
      case "Attributes":
        result.Attribute = xmlPairs(value as XmlMembers, "Name");
        break;
      case "MessageAttributes":
        result.MessageAttribute = xmlPairs(value as XmlMembers, "Name");
        break;
      case "Tags":
        result.Tag = xmlPairs(value as XmlMembers, "Key");
        break;
      case "Messages":
        result.Message = (value as Output[]).map(resultOf);
        break;
      case "Failed":
        result.BatchResultErrorEntry = value as XmlValue;
        break;
      default:
        result[name] = value as XmlValue;
    }
  }
  return result;
}

const xmlPairs = (map: XmlMembers, key: "Name" | "Key"): XmlValue =>
  Object.entries(map).map(([name, Value]) => ({ [key]: name, Value }));

/** What the entries that succeeded are called: `SendMessageBatchResultEntry`. */
export function withBatchEntries(action: string, result: XmlMembers | undefined) {
  if (!result || !("Successful" in result)) return result;
  const { Successful, ...rest } = result;
  return { [`${action}ResultEntry`]: Successful, ...rest };
}
