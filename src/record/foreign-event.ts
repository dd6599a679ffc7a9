/** What an event is that a handler was not made for; without anything that is in it. */

export type Loose = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null;

/** What kind of a value it is; numbers and the like as they are. */
export function kindOf(value: unknown): string {
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return isObject(value) || typeof value === "function" ? "an object" : String(value);
}

/** A text that is a name, but not all of a long one; else what kind of a value it is. */
export const nameOf = (value: unknown): string =>
  typeof value === "string" ? value.slice(0, 130) : kindOf(value);

/** Whose event it is, by a key that only theirs have. */
const services: Readonly<Record<string, string>> = {
  deliveryStreamArn: "Firehose (use firehoseTransform)",
  applicationArn: "Kinesis Data Analytics",
  awslogs: "a CloudWatch log group",
  requestContext: "API Gateway, a URL or a load balancer",
};

/** For the beginning of a sentence that refuses it. */
export function describeForeignEvent(event: unknown): string {
  if (typeof event === "string") {
    return `The event (${kindOf(event)}: is it unparsed JSON?)`;
  }
  if (!isObject(event)) return `The event (${kindOf(event)})`;
  const [first] = [event, event.Records, event.records].find(Array.isArray) ?? [];
  const record: Loose = isObject(first) ? first : {};
  if (Array.isArray(event)) {
    return "sequenceNumber" in record
      ? "A list of records, as EventBridge Pipes sends them (use an event source mapping),"
      : "A list";
  }
  const mark = Object.keys(services).find((key) => key in event);
  if (mark) return `An event of ${services[mark]}`;
  if (event.Records && record.kinesis) return "An event of a Kinesis stream (use kinesisConsumer)";
  const source = event.eventSource ?? record.eventSource ?? record.EventSource;
  if (source && !record.kinesis) return `An event of the source "${nameOf(source)}"`;
  const keys = Object.keys(event).slice(0, 8);
  return `An event with the keys ${keys.map((key) => key.slice(0, 40)).join(", ") || "(none)"}`;
}
