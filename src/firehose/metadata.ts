import { type AnyOutputs, isList, type Output } from "../record/pipeline.ts";
import { kindOf } from "../values/encode-json.ts";
import { mapReady, whenReady } from "../values/ready.ts";
import type { FirehoseRecord } from "./record.ts";
import type { FirehoseMetadata, OtfMetadata } from "./response.ts";

type Metadata = FirehoseMetadata | undefined;
type Route = (
  value: any,
  record: FirehoseRecord,
) => OtfMetadata | undefined | PromiseLike<OtfMetadata | undefined>;

/**
 * Where the outputs of a record go. Firehose takes one place for a record: outputs that go to different ones fail it.
 */
export function metadataOf(
  outputs: AnyOutputs,
  record: FirehoseRecord,
  route: Route | undefined,
): Metadata | Promise<Metadata> {
  if (!isList(outputs)) return metadataOfOne(outputs, record, route);
  return whenReady(
    mapReady(outputs, (output) => metadataOfOne(output, record, route)),
    onePlaceOf,
  );
}

function onePlaceOf([own, ...others]: readonly Metadata[]): Metadata {
  const place = JSON.stringify(own ?? {});
  const other = others.map((each) => JSON.stringify(each ?? {})).find((each) => each !== place);
  if (other === undefined) return own;
  throw new TypeError(
    `Outputs of this record go to ${place} and to ${other}, and Firehose takes one place for a record. Let the producer put them apart, or have Firehose take the record apart before (RecordDeAggregation).`,
  );
}

function metadataOfOne(
  { value, partition }: Output<unknown, unknown>,
  record: FirehoseRecord,
  route: Route | undefined,
): Metadata | Promise<Metadata> {
  const partitionKeys = partition === undefined ? undefined : partitionKeysOf(partition);
  if (!route) return partitionKeys && { partitionKeys };
  return whenReady(route(value, record), (routed) => {
    const otfMetadata = otfMetadataOf(routed);
    if (!partitionKeys && !otfMetadata) return undefined;
    return { ...(partitionKeys && { partitionKeys }), ...(otfMetadata && { otfMetadata }) };
  });
}

/** Names in their order, so that equal keys are equal. Firehose takes no empty value, and only text. */
function partitionKeysOf(partition: unknown): Record<string, string> {
  const keys: Record<string, string> = {};
  const given = typeof partition === "object" && partition !== null ? partition : {};
  for (const name of Object.keys(given).sort()) {
    const value = (given as Record<string, unknown>)[name];
    const isNumber = typeof value === "bigint" || Number.isFinite(value);
    if (!isNumber && (typeof value !== "string" || value === "")) {
      throw new TypeError(
        `The partition key ${name} is ${value === "" ? "empty" : kindOf(value)}. Firehose takes text that is not empty.`,
      );
    }
    keys[name] = String(value);
  }
  if (Object.keys(keys).length > 0) return keys;
  throw new TypeError(
    `The partition of this record has no keys: it is ${kindOf(partition)}. It must be an object of names and values.`,
  );
}

const operations: readonly unknown[] = ["insert", "update", "delete"];

/** Nobody knows what Firehose makes of an empty text there, so what is empty is left out. */
function otfMetadataOf(route: OtfMetadata | undefined): OtfMetadata | undefined {
  const given = Object.entries(route ?? {}).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  for (const [name, value] of given) {
    const isGood = name === "operation" ? operations.includes(value) : isTableName(name, value);
    if (!isGood) throw new TypeError(`otfMetadata must not have the ${name} ${String(value)}.`);
  }
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

const isTableName = (name: string, value: unknown) =>
  ["destinationDatabaseName", "destinationTableName"].includes(name) && typeof value === "string";
