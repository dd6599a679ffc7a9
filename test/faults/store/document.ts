/** Between a document command's plain JavaScript values and DynamoDB's own request and reply. */
import type { TranslateConfig } from "@aws-sdk/lib-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

/**
 * Where in a request or reply the attribute values are, as lib-dynamodb's commands know it: null
 * stands for one value, an empty object for a value under each key, and `*` for any key.
 */
type KeyNodes = { readonly [key: string]: KeyNodes } | null;

/** What the fake needs of an SDK command. The key nodes are only on document commands. */
export interface Command {
  readonly input: object;
  readonly inputKeyNodes?: KeyNodes;
  readonly outputKeyNodes?: KeyNodes;
}

/** `"Put"` for a PutCommand and a PutItemCommand alike. */
export function operationOf(command: Command): string {
  const kind = command.constructor;
  const known = operations.get(kind);
  if (known !== undefined) return known;
  const name = kind.name
    .replace(/^_+/, "")
    .replace(/Command$/, "")
    .replace(/Items?$/, "");
  operations.set(kind, name);
  return name;
}

const operations = new WeakMap<object, string>();

export function requestOf({ input, inputKeyNodes }: Command, config: TranslateConfig): any {
  if (inputKeyNodes === undefined) return input;
  const options = { convertTopLevelContainer: true, ...config.marshallOptions };
  return convert(input, inputKeyNodes, (value) => marshall(value, options as object));
}

export function replyTo({ outputKeyNodes }: Command, reply: object, config: TranslateConfig) {
  if (outputKeyNodes === undefined) return reply;
  const options = { convertWithoutMapWrapper: true, ...config.unmarshallOptions };
  return convert(reply, outputKeyNodes, (value) => unmarshall(value, options));
}

function convert(
  value: unknown,
  nodes: KeyNodes | undefined,
  one: (value: any) => unknown,
): unknown {
  if (value === undefined || value === null || nodes === undefined) return value;
  if (nodes === null) return one(value);
  let all = true;
  for (const _ in nodes) all = false;
  const nodeOf = (key: string) => (all ? null : (nodes["*"] ?? nodes[key]));
  if (Array.isArray(value)) return value.map((member, at) => convert(member, nodeOf(`${at}`), one));
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    const converted = convert((value as Record<string, unknown>)[key], nodeOf(key), one);
    if (converted !== undefined) entries.push([key, converted]);
  }
  return Object.fromEntries(entries);
}
