/**
 * The processors of a delivery stream. They run in Firehose's order, whatever theirs is: decompress,
 * de-aggregate, transform, find keys, append delimiters.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
 */
import { invalidArgument } from "../error.ts";
import { compileJq, type JqProgram } from "../jq/index.ts";
import { MiB } from "./hints.ts";
import type { ProcessingPlan, TransformPlan } from "./plan.ts";
import { type Properties, properties } from "./property.ts";

export const noProcessing: ProcessingPlan = {
  decompress: false,
  extractMessages: false,
  deaggregate: undefined,
  transform: undefined,
  query: undefined,
  appendDelimiter: undefined,
};

export function readProcessing(own: Properties): ProcessingPlan {
  const configuration = own.object("ProcessingConfiguration");
  if (!configuration) return noProcessing;
  configuration.only(["Enabled", "Processors"]);
  if (!configuration.flag("Enabled", false)) return noProcessing;
  const processors = new Map<string, Properties>();
  for (const processor of configuration.objects("Processors")) {
    const type = processor.required("Type");
    if (!Object.hasOwn(parametersOf, type)) {
      throw processor.refusal(
        "Type",
        `is "${type}", and must be one of ${Object.keys(parametersOf).join(", ")}.`,
      );
    }
    if (processors.has(type)) throw processor.refusal("Type", `${type} is there twice.`);
    processors.set(type, parameters(processor, type));
  }
  const decompression = processors.get("Decompression");
  decompression?.oneOf("CompressionFormat", ["GZIP"], "GZIP");
  const extraction = processors.get("CloudWatchLogProcessing");
  if (extraction && !decompression) {
    throw invalidArgument(
      `${configuration.path}: CloudWatchLogProcessing needs a Decompression processor.`,
    );
  }
  return {
    decompress: decompression !== undefined,
    extractMessages: extraction?.flag("DataMessageExtraction", false) ?? false,
    deaggregate: readDeaggregation(processors.get("RecordDeAggregation")),
    transform: readTransform(processors.get("Lambda")),
    query: readQuery(processors.get("MetadataExtraction")),
    appendDelimiter: readDelimiter(processors.get("AppendDelimiterToRecord")),
  };
}

const parametersOf: Readonly<Record<string, readonly string[]>> = {
  RecordDeAggregation: ["SubRecordType", "Delimiter"],
  Decompression: ["CompressionFormat"],
  CloudWatchLogProcessing: ["DataMessageExtraction"],
  Lambda: ["LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"],
  MetadataExtraction: ["MetadataExtractionQuery", "JsonParsingEngine"],
  AppendDelimiterToRecord: ["Delimiter"],
};

/** The parameters of a processor, as if they were properties. */
function parameters(processor: Properties, type: string): Properties {
  processor.only(["Type", "Parameters"]);
  const values = processor.objects("Parameters").map((parameter) => {
    parameter.only(["ParameterName", "ParameterValue"]);
    return [parameter.required("ParameterName"), parameter.text("ParameterValue")] as const;
  });
  const read = properties(`${processor.path}(${type})`, Object.fromEntries(values));
  read.only(parametersOf[type]!);
  return read;
}

function readDeaggregation(own: Properties | undefined): ProcessingPlan["deaggregate"] {
  if (!own) return undefined;
  if (own.oneOf("SubRecordType", ["JSON", "DELIMITED"], "JSON") === "JSON") return "JSON";
  const encoded = own.required("Delimiter");
  const delimiter = Buffer.from(encoded, "base64");
  if (delimiter.length > 0 && delimiter.toString("base64") === encoded) return { delimiter };
  throw own.refusal("Delimiter", `is "${encoded}", and must be in base64.`);
}

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
function readTransform(own: Properties | undefined): TransformPlan | undefined {
  if (!own) return undefined;
  const size = own.number("BufferSizeInMBs", { least: 0.2, most: 3, fallback: 1 });
  const interval = own.number("BufferIntervalInSeconds", { least: 0, most: 900, fallback: 60 });
  return {
    lambdaArn: own.required("LambdaArn"),
    hints: { bytes: size * MiB, milliseconds: interval * 1000 },
    retries: own.number("NumberOfRetries", { least: 0, most: 300, fallback: 3 }),
  };
}

function readQuery(own: Properties | undefined): JqProgram | undefined {
  if (!own) return undefined;
  own.oneOf("JsonParsingEngine", ["JQ-1.6"], "JQ-1.6");
  const query = own.required("MetadataExtractionQuery");
  try {
    return compileJq(query);
  } catch (cause) {
    throw invalidArgument(
      `${own.path}.MetadataExtractionQuery: ${(cause as Error).message}`,
      cause,
    );
  }
}

/** Templates write the delimiter as text with escapes: `\n` is a line feed. */
function readDelimiter(own: Properties | undefined): Uint8Array | undefined {
  if (!own) return undefined;
  const text = own.text("Delimiter") ?? "\\n";
  const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };
  return Buffer.from(text.replace(/\\([nrt\\])/g, (_, letter: string) => escapes[letter]!));
}
