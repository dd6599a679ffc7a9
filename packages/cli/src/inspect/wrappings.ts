/** What things come wrapped in: answers of the AWS CLI, messages of queues and topics, lists. */
import { type Fields, isObject, type Path } from "./finding.ts";

/** Something within: a JSON value, or a text that may be anything. */
export interface Wrapped {
  readonly value: unknown;
  readonly path: Path;
}

/** Undefined: this is no wrapping. */
export function unwrapped(value: unknown, path: Path): Wrapped[] | undefined {
  if (Array.isArray(value)) return each(value, path, (element) => element);
  if (!isObject(value)) return undefined;
  if (value.Type === "Notification" && typeof value.Message === "string") {
    return [{ value: value.Message, path: [...path, "Message"] }];
  }
  if (isObject(value.Item)) return [{ value: value.Item, path: [...path, "Item"] }];
  for (const [name, inner] of listNames) {
    const list = value[name];
    const isList = Array.isArray(list) && list.length > 0;
    if (!isList || !list.every((one) => isObject(one) && inner(one) !== undefined)) continue;
    return each(list, [...path, name], (one) => inner(one as Fields));
  }
  return undefined;
}

const listNames: readonly (readonly [string, (element: Fields) => unknown])[] = [
  // What Query and Scan answer.
  ["Items", (item) => item],
  // What ReceiveMessage answers.
  ["Messages", ({ Body }) => Body],
  // Events of Lambda from a queue and from a topic.
  ["Records", ({ body }) => body],
  ["Records", ({ Sns }) => (isObject(Sns) ? Sns.Message : undefined)],
];

const each = (list: readonly unknown[], path: Path, inner: (element: unknown) => unknown) =>
  list.map((element, index) => ({ value: inner(element), path: [...path, index] }));
