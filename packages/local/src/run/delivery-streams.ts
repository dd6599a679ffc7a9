/** The template's delivery streams, with its functions and buckets. */
import { join } from "node:path";
import { nearest } from "../../../../src/values/nearest.ts";
import {
  type DeliveryBucket,
  type DeliveryTraceEntry,
  folderBucket,
  type InvokeTransform,
} from "../../../services/src/firehose/index.ts";
import type {
  DeliveryStream,
  DeliveryStreamOptions,
  TableNames,
} from "../../../services/src/firehose/types.ts";
import { createDeliveryStream } from "../firehose/delivery-stream.ts";
import type { Kinesis } from "../kinesis/types.ts";
import type { LambdaFunction } from "../lambda/hosts/index.ts";
import type { Template, TemplateDeliveryStream, TemplateFunction } from "../template/types.ts";
import { put } from "./call-service.ts";
import type { MachineEvent } from "./events.ts";

export interface DeliveryOptions {
  readonly template: Template;
  readonly kinesis: Kinesis | undefined;
  /** Where S3 is. */
  readonly s3: string;
  /** By logical id. */
  readonly functions: ReadonlyMap<string, Pick<LambdaFunction, "invoke">>;
  readonly tell: (event: MachineEvent) => void;
  readonly servers?: DeliveryServers | undefined;
}

/** Servers on this machine that take what delivery streams send. */
export interface DeliveryServers {
  /** The URL of an OpenSearch. */
  readonly opensearch?: string | undefined;
  /** The folder of what would be sent, where there is no server. */
  readonly outboxFolder: string;
}

export interface DeliveryStreams {
  /** Those that can run here. */
  readonly running: readonly DeliveryStream[];
  /** Throws for one that cannot run here, and says why. */
  named(name: string): DeliveryStream;
}

/** Why one cannot run here is a note, too. */
export function createDeliveryStreams(options: DeliveryOptions): DeliveryStreams {
  const bucket = bucketsOf(options);
  const note = (text: string) => options.tell({ type: "note", text });
  const { opensearch, outboxFolder } = options.servers ?? {};
  const refused = new Map<string, Error>();
  const running = options.template.deliveryStreams.flatMap((declared) => {
    try {
      const invoke = transformOf(declared, options);
      const stream = createDeliveryStream({
        name: declared.name,
        settings: declared.properties,
        bucket,
        trace: false,
        on: teller(declared.name, options),
        ...(opensearch !== undefined && { opensearch }),
        ...(outboxFolder !== undefined && { outbox: folderBucket(outboxFolder) }),
        region: options.template.region,
        accountId: options.template.accountId,
        ...(options.kinesis && { kinesis: options.kinesis }),
        ...(invoke && { invoke }),
        glueTable: glueTablesOf(options.template),
      });
      for (const warning of stream.warnings) note(`Firehose ${declared.name}: ${warning}`);
      return [stream];
    } catch (cause) {
      const text = `Firehose ${declared.name} does not run here: ${(cause as Error).message}`;
      note(text);
      refused.set(declared.name, new Error(text, { cause }));
      return [];
    }
  });
  return {
    running,
    named(name) {
      const found = running.find((stream) => stream.name === name);
      if (found) return found;
      throw refused.get(name) ?? new Error(`There is no delivery stream ${name} here.`);
    },
  };
}

/** Tells of objects, and of what is sent or laid into the outbox. */
function teller(
  deliveryStream: string,
  { servers, tell }: Pick<DeliveryOptions, "servers" | "tell">,
): (entry: DeliveryTraceEntry) => void {
  let hasOutbox = false;
  return (entry) => {
    if (entry.type === "object") {
      const { failedAttempts: _, ...object } = entry;
      tell({ ...object, deliveryStream });
    } else if (entry.type === "outbox") {
      const { at, files, records } = entry;
      if (!hasOutbox) {
        const where = join(servers!.outboxFolder, deliveryStream);
        const text = `Firehose ${deliveryStream}: there is no server here, and what would be sent lies in ${where}.`;
        tell({ type: "note", text });
      }
      hasOutbox = true;
      tell({ type: "delivery", deliveryStream, what: "outbox", at, records, files });
    } else if (entry.type !== "invocation") {
      // That the outbox has taken it is told already.
      if (entry.type === "request" && entry.outcome === "delivered" && hasOutbox) return;
      const { type: what, ...told } = entry;
      tell({ type: "delivery", deliveryStream, what, ...told });
    }
  };
}

/** The delivery streams that invoke a function. */
export const deliveryStreamsOf = (
  { deliveryStreams }: Template,
  fn: TemplateFunction,
): TemplateDeliveryStream[] =>
  deliveryStreams.filter(({ properties }) => invokes(transformArn(properties), fn));

/** Also by a version or an alias. */
const invokes = (arn: string | undefined, fn: TemplateFunction) =>
  arn !== undefined && (arn === fn.arn || arn.startsWith(`${fn.arn}:`));

/** The function that transforms its records; undefined where none does. */
function transformOf(
  { name, properties }: TemplateDeliveryStream,
  { template, functions, tell }: DeliveryOptions,
): InvokeTransform | undefined {
  const arn = transformArn(properties);
  if (arn === undefined) return undefined;
  const fn = template.functions.find((fn) => invokes(arn, fn));
  const running = fn && functions.get(fn.logicalId);
  if (!running)
    throw new Error(`its function ${arn} is not in the template, or does not run here.`);
  return async (event, context) => {
    const at = Date.now();
    const done = (answer: unknown, error?: unknown) =>
      tell({
        ...{ type: "transform", functionName: fn.name, deliveryStream: name, at },
        ...{ records: event.records.length, duration: Date.now() - at },
        ...{ dropped: answered(answer, "Dropped"), failed: answered(answer, "ProcessingFailed") },
        ...(error !== undefined && { error }),
      });
    try {
      const answer = await running.invoke(event, context);
      done(answer);
      return answer;
    } catch (error) {
      done(undefined, error);
      throw error;
    }
  };
}

function answered(answer: unknown, result: string): number {
  const records = (answer as { records?: unknown } | null | undefined)?.records;
  if (!Array.isArray(records)) return 0;
  return records.filter((record) => record?.result === result).length;
}

/** Of the processor of type Lambda, whatever the destination is. */
function transformArn(properties: TemplateDeliveryStream["properties"]): string | undefined {
  const destinations = Object.values(properties).map(
    (destination) => destination?.ProcessingConfiguration?.Processors ?? [],
  );
  const lambda = destinations.flat().find(({ Type }) => Type === "Lambda");
  const parameters: readonly { ParameterName: string; ParameterValue: string }[] =
    lambda?.Parameters ?? [];
  return parameters.find(({ ParameterName }) => ParameterName === "LambdaArn")?.ParameterValue;
}

/** Tables by their names, of which Glue ignores the case. Throws where the template has none of that name. */
function glueTablesOf({ glueTables }: Template): NonNullable<DeliveryStreamOptions["glueTable"]> {
  const fullName = ({ databaseName, tableName }: TableNames) => `${databaseName}.${tableName}`;
  const tables = new Map(
    glueTables.map(({ databaseName, name: tableName, tableInput }) => [
      fullName({ databaseName, tableName }).toLowerCase(),
      tableInput,
    ]),
  );
  return (names) => {
    const asked = fullName(names);
    const found = tables.get(asked.toLowerCase());
    if (found) return found;
    const near = nearest(asked, [...tables.keys()]);
    const hint = near ? ` Did you mean ${near}?` : "";
    throw new Error(`its Glue table ${asked} is not in the template.${hint}`);
  };
}

/** Buckets by name. One that the template does not declare is made when something comes for it. */
function bucketsOf({ template, s3, tell }: DeliveryOptions): (name: string) => DeliveryBucket {
  const made = new Map<string, Promise<void>>(
    template.buckets.map(({ name }) => [name, Promise.resolve()]),
  );
  const make = (name: string) => {
    const text = `The bucket ${name} is not in the template: it is made here, so that its objects are seen.`;
    tell({ type: "note", text });
    return put(`${s3}/${name}`);
  };
  return (name) => ({
    async put(key, bytes, { contentType, contentEncoding }) {
      if (!made.has(name)) made.set(name, make(name));
      await made.get(name);
      const path = key.split("/").map(encodeURIComponent).join("/");
      await put(`${s3}/${name}/${path}`, bytes, {
        "content-type": contentType,
        ...(contentEncoding !== undefined && { "content-encoding": contentEncoding }),
      });
    },
  });
}

/** How long, in milliseconds, what is buffered may take to be delivered at the end. */
const patience = 3_000;

/** Takes no more, and delivers what it has if that goes quickly. */
export async function closeDeliveryStreams(streams: readonly DeliveryStream[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  const closed = Promise.allSettled(streams.map((stream) => stream.close()));
  await Promise.race([closed, tooLong]);
  clearTimeout(timer);
}
