/** S3 as a destination, and as the place of backups and failures. */
import { compressionFormats } from "../destination/compression.ts";
import { checkLength, type Prefixes, readPrefixes } from "../prefix/object-name.ts";
import { readConversion } from "./conversion.ts";
import { readHints } from "./hints.ts";
import type { S3Plan } from "./plan.ts";
import type { Properties } from "./property.ts";

const simple = [
  "BucketARN",
  "RoleARN",
  "BufferingHints",
  "CompressionFormat",
  "Prefix",
  "ErrorOutputPrefix",
  "CloudWatchLoggingOptions",
  "EncryptionConfiguration",
];
const onlyExtended = [
  "CustomTimeZone",
  "FileExtension",
  "ProcessingConfiguration",
  "DynamicPartitioningConfiguration",
  "DataFormatConversionConfiguration",
  "S3BackupMode",
  "S3BackupConfiguration",
];

export interface ReadS3Options {
  /** @default false */
  readonly extended?: boolean;
  readonly warnings?: string[];
  /** Without an ErrorOutputPrefix failures go under Prefix. @default false */
  readonly failuresUnderPrefix?: boolean;
}

export function readS3(
  own: Properties,
  { extended = false, warnings = [], failuresUnderPrefix = false }: ReadS3Options = {},
): S3Plan {
  own.only(extended ? [...simple, ...onlyExtended] : simple);
  const compression = own.oneOf("CompressionFormat", compressionFormats, "UNCOMPRESSED");
  const conversion = extended ? readConversion(own, warnings) : undefined;
  if (conversion && compression !== "UNCOMPRESSED") {
    throw own.refusal(
      "CompressionFormat",
      "must be UNCOMPRESSED with DataFormatConversionConfiguration: Parquet files are compressed inside.",
    );
  }
  const prefix = own.text("Prefix") ?? "";
  const isPlain = !prefix.includes("!{");
  const prefixes = readPrefixes({
    path: own.path,
    prefix,
    errorPrefix: own.text("ErrorOutputPrefix") ?? (failuresUnderPrefix && isPlain ? prefix : ""),
    timeZone: own.text("CustomTimeZone") || "UTC",
  });
  checkLengths(own, prefixes);
  const partitioning = extended ? readPartitioning(own) : undefined;
  const partitioned = partitioning !== undefined;
  const leastMiB = conversion || partitioned ? 64 : 1;
  const hints = readHints(own, {
    leastMiB,
    mostMiB: 128,
    defaultMiB: conversion ? 128 : Math.max(5, leastMiB),
  });
  if (partitioned && hints.milliseconds === 0) {
    throw own.refusal("BufferingHints", "cannot be 0 s with dynamic partitioning.");
  }
  return {
    kind: "s3",
    bucket: bucketName(own),
    hints,
    prefixes,
    compression,
    extension: readExtension(own),
    partitioned,
    retryFor: partitioning?.retryFor,
    conversion,
  };
}

/** With keys in them, prefixes are as long as their keys: those are looked at record by record. */
function checkLengths(own: Properties, prefixes: Prefixes): void {
  const values = { oldest: 0, random: () => 0 };
  try {
    checkLength(prefixes.records(values));
  } catch (cause) {
    throw own.refusal("Prefix", `is too long. ${(cause as Error).message}`);
  }
  try {
    checkLength(prefixes.failures({ ...values, errorOutputType: "processing-failed" }));
  } catch (cause) {
    throw own.refusal("ErrorOutputPrefix", `is too long. ${(cause as Error).message}`);
  }
}

function bucketName(own: Properties): string {
  const arn = own.required("BucketARN");
  const [, name] = /^arn:[^:]+:s3:::([^/]+)$/.exec(arn) ?? [];
  if (name) return name;
  throw own.refusal("BucketARN", `is "${arn}", and must be arn:aws:s3:::<bucket>.`);
}

/** Undefined: every record goes under the same prefix. */
function readPartitioning(own: Properties): { readonly retryFor: number } | undefined {
  const partitioning = own.object("DynamicPartitioningConfiguration");
  if (!partitioning) return undefined;
  partitioning.only(["Enabled", "RetryOptions"]);
  if (!partitioning.flag("Enabled", false)) return undefined;
  if (!own.has("ErrorOutputPrefix")) {
    throw own.refusal("ErrorOutputPrefix", "is missing, and dynamic partitioning needs it.");
  }
  const retries = partitioning.object("RetryOptions");
  retries?.only(["DurationInSeconds"]);
  const duration = { least: 0, most: 7200, fallback: 300 };
  const seconds = retries?.number("DurationInSeconds", duration) ?? duration.fallback;
  return { retryFor: seconds * 1000 };
}

function readExtension(own: Properties): string | undefined {
  const extension = own.text("FileExtension");
  if (extension === undefined || extension === "") return undefined;
  if (/^\.[0-9a-z!\-_.*'()]+$/.test(extension) && extension.length <= 128) return extension;
  throw own.refusal(
    "FileExtension",
    `is "${extension}", and must be a period and then lower-case letters, digits or !-_.*'(), 128 characters at most.`,
  );
}
