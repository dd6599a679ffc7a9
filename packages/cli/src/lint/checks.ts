/**
 * The checks of `shardmill lint`, one after the other: what of a mapping does not suit its handler,
 * why records are lost or repeated by it, and what to change.
 */
import { type TemplateResource, validateSettings, whyRefused } from "@shardmill/local/rig";
import { needsOf } from "./permissions.ts";
import { allows } from "./policy.ts";
import type { Check, Finding } from "./reader.ts";
import {
  destinationLine,
  extension,
  isPipe,
  line,
  policyOf,
  reference,
  settingText,
} from "./words.ts";

/** By name, in the order in which they are reported. */
export const checks: Readonly<Record<string, Check>> = {
  "handler-does-not-start": ({ handler, fn }) =>
    handler?.kind !== "broken" || !fn
      ? []
      : [
          {
            ...at(fn, "Handler"),
            what: `The handler ${fn.handler} does not start: ${handler.message}`,
            why: "Every invocation fails, until the records are too old.",
            change: "Mend the handler, or the variables of its environment, and lint again.",
          },
        ],

  "pipe-to-consumer": ({ mapping, fn, consumer }) =>
    !consumer || !fn || !isPipe(mapping)
      ? []
      : [
          {
            ...at(mapping, "Target"),
            what: `The pipe invokes ${fn.names.at(-1)}, whose handler is a kinesisConsumer.`,
            why: "A pipe sends a bare array, without the Records of an event source mapping: the handler refuses every batch, until the records are too old.",
            change: "An AWS::Lambda::EventSourceMapping in place of the pipe.",
          },
        ],

  "settings-refused": ({ template, mapping }) => {
    const { settings } = mapping;
    const isTimed = settings.startingPosition === "AT_TIMESTAMP";
    try {
      // A timestamp that was lost is another check's.
      validateSettings(isTimed ? { startingPositionTimestamp: 0, ...settings } : settings, {
        strict: true,
      });
      return [];
    } catch (error) {
      return [
        {
          ...at(mapping),
          what: `Lambda refuses the mapping: ${whyRefused(error)}`,
          why: "The deployment fails, and nothing is read.",
          change: `Mend ${settingText(template, "the setting")} that the message names.`,
        },
      ];
    }
  },

  "partial-responses-off": ({ template, mapping, consumer }) =>
    !consumer || mapping.settings.functionResponseTypes?.includes("ReportBatchItemFailures")
      ? []
      : [
          {
            ...at(mapping, "FunctionResponseTypes"),
            what: "ReportBatchItemFailures is not on.",
            why: "Lambda ignores which record the handler gives back and takes the batch for done: every record that failed, and those behind it, are lost.",
            change: line(template, "FunctionResponseTypes", "[ReportBatchItemFailures]"),
          },
        ],

  "retries-below-attempts": ({ template, mapping, consumer }) => {
    const { maximumRetryAttempts: retries = -1 } = mapping.settings;
    const { maxAttempts } = consumer ?? {};
    if (maxAttempts === undefined || retries === -1 || retries >= maxAttempts) return [];
    return [
      {
        ...at(mapping, "MaximumRetryAttempts"),
        what: `MaximumRetryAttempts is ${retries}, and the handler parks a record after ${maxAttempts} attempts.`,
        why: "Lambda discards the batch before the record that fails is parked, and the records behind it that are not done yet go with it.",
        change: `${line(template, "MaximumRetryAttempts", -1)} (without end: parking ends it)`,
      },
    ];
  },

  "discarded-without-trace": ({ template, mapping }) => {
    const { maximumRetryAttempts: retries = -1, maximumRecordAgeInSeconds: age = -1 } =
      mapping.settings;
    const hasDestination = Boolean(mapping.settings.destinationConfig?.onFailure?.destination);
    if (hasDestination || (retries === -1 && age === -1)) return [];
    const limits = [
      ...(retries === -1 ? [] : [`MaximumRetryAttempts is ${retries}`]),
      ...(age === -1 ? [] : [`MaximumRecordAgeInSeconds is ${age}`]),
    ];
    return [
      {
        ...at(mapping, retries === -1 ? "MaximumRecordAgeInSeconds" : "MaximumRetryAttempts"),
        what: `${limits.join(" and ")}, and there is no destination on failure.`,
        why: "What Lambda discards then leaves no trace: nobody learns which records are lost.",
        change: destinationLine(template, mapping),
      },
    ];
  },

  "timestamp-lost": ({ template, mapping }) => {
    const { startingPosition, startingPositionTimestamp } = mapping.settings;
    if (startingPosition !== "AT_TIMESTAMP" || startingPositionTimestamp !== undefined) return [];
    const isServerless = template.format === "serverless";
    return [
      {
        ...at(mapping, "StartingPosition"),
        what: "StartingPosition is AT_TIMESTAMP, and the template has no StartingPositionTimestamp.",
        why: `The deployment fails, or the mapping begins elsewhere, and what lies between is not read.${isServerless ? " The Serverless Framework drops the timestamp of a stream without a consumer." : ""}`,
        change: isServerless
          ? extension(mapping, "StartingPositionTimestamp: <epoch seconds>")
          : line(template, "StartingPositionTimestamp", "<epoch seconds>"),
      },
    ];
  },

  "filter-on-data-that-is-not-json": ({ template, mapping, consumer }) => {
    const filters = mapping.settings.filterCriteria?.filters ?? [];
    if (consumer?.readsJson !== false || !filters.some(looksIntoData)) return [];
    return [
      {
        ...at(mapping, "FilterCriteria"),
        what: "FilterCriteria look into data, and the handler decodes something that is not JSON.",
        why: "Lambda drops a record whose data is not JSON, in silence: the handler gets none.",
        change: `Leave out ${settingText(template, "FilterCriteria")}; let the handler's decoder return drop() for records that it does not want.`,
      },
    ];
  },

  "starts-at-latest": ({ template, mapping }) =>
    mapping.settings.startingPosition !== "LATEST"
      ? []
      : [
          {
            ...at(mapping, "StartingPosition"),
            what: "StartingPosition is LATEST.",
            why: "A new mapping takes minutes to come up, and skips every record that arrives meanwhile.",
            change: line(template, "StartingPosition", "TRIM_HORIZON"),
          },
        ],

  "timeout-too-short": ({ template, fn, mapping, consumer }) => {
    if (!consumer || !fn) return [];
    const { batchSize = 100 } = mapping.settings;
    const { concurrency, maxItems } = consumer;
    const marginMs = consumer.marginMs ?? Math.max(1000, fn.timeout * 50);
    const effect = maxItems === undefined ? oneRecord : oneCall;
    const effects = Math.ceil(batchSize / (maxItems ?? 1));
    const roomMs = ((fn.timeout * 1000 - marginMs) * concurrency) / effects;
    if (roomMs >= effect.leastMs) return [];
    const room =
      roomMs <= 0 ? "no time at all" : `${Number(roomMs.toPrecision(2))} ms for ${effect.name}`;
    const seconds = Math.ceil((effects * effect.leastMs * 2) / concurrency / 950 + 1);
    return [
      {
        ...at(fn, "Timeout"),
        what: `The timeout of ${fn.timeout} s leaves ${room}: ${batchSize} records a batch, ${concurrency} at once, ${marginMs} ms kept for saving.`,
        why: "Each invocation gives most of its batch back and Lambda delivers it again: the shard falls behind until its records are too old.",
        change: `${line(template, "Timeout", Math.min(900, seconds))}, or a smaller ${settingText(template, "BatchSize")}`,
      },
    ];
  },

  "permission-missing": (reader) => {
    const { template, fn } = reader;
    const role = template.roles.find(({ arn }) => arn === fn?.roleArn);
    if (!fn || !role) return [];
    return needsOf(reader).flatMap(({ actions, on, why }) => {
      const missing = actions.filter((action) => allows(role, action, on) === false);
      if (missing.length === 0) return [];
      return [
        {
          ...at(role),
          what: `${fn.names.at(-1)} may not ${missing.join(", ")} on ${on}.`,
          why: `Without it ${why}.`,
          change: `In ${policyOf(template, role)}: { Effect: Allow, Action: [${missing.join(", ")}], Resource: ${reference(template, on)} }`,
        },
      ];
    });
  },

  "parallelization-unknown-to-handler": ({ template, mapping, consumer }) => {
    const { parallelizationFactor: factor = 1 } = mapping.settings;
    if (!consumer || factor === 1 || consumer.parallelizationFactor === factor) return [];
    return [
      {
        ...at(mapping, "ParallelizationFactor"),
        what: `ParallelizationFactor is ${factor}, and the handler takes it for ${consumer.parallelizationFactor}.`,
        why: "Several environments process one shard at once: aggregated records, which the KPL puts under one partition key, gain nothing by it, the order of user records within other aggregates is lost, and the handler mistakes the others' records for abandoned ones.",
        change: `${line(template, "ParallelizationFactor", 1)}; or, if no producer aggregates, parallelizationFactor: ${factor} in the handler's options`,
      },
    ];
  },

  "tumbling-window-unfit": ({ template, mapping, consumer }) => {
    const { tumblingWindowInSeconds: seconds = 0 } = mapping.settings;
    const isWanted = consumer?.windows === "ofMapping";
    if (!consumer || isWanted === seconds > 0) return [];
    return [
      {
        ...at(mapping, "TumblingWindowInSeconds"),
        what: isWanted
          ? "The handler counts in windows of the mapping (lambdaWindow), and there is no TumblingWindowInSeconds."
          : `TumblingWindowInSeconds is ${seconds}, and the handler does not count in such windows.`,
        why: "The handler refuses every batch, until the records are too old.",
        change: isWanted
          ? line(template, "TumblingWindowInSeconds", "<1 to 900>")
          : `${line(template, "TumblingWindowInSeconds", 0)}, or window: lambdaWindow({ key, aggregate }) in the handler's options`,
      },
    ];
  },

  "consumer-name-shared": ({ consumer, mapping, readers, fn }) => {
    if (!consumer?.hasProgress || !fn) return [];
    const sharing = readers.filter(
      (other) =>
        other.fn !== fn &&
        other.consumer?.consumer === consumer.consumer &&
        other.consumer.progressLocation === consumer.progressLocation,
    );
    const [other] = sharing;
    if (!other) return [];
    const isOneLog = sharing.some(({ mapping: { streamArn } }) => streamArn === mapping.streamArn);
    return [
      {
        ...at(fn),
        what: `Its consumer is called ${consumer.consumer}, as is that of ${other.fn!.names.at(-1)}, which reads ${isOneLog ? "the same" : "another"} stream.`,
        why: isOneLog
          ? "They write one log: each skips the records that the other has done."
          : "Their parked records stand in one list: what is brought back for one function goes through the other.",
        change: `In the handler's options: consumer: "${fn.names.at(-1)}"`,
      },
    ];
  },

  "progress-kept-too-short": ({ stream, consumer, fn }) => {
    if (!consumer?.hasProgress || !fn || !stream || stream.isExternal) return [];
    // The log is kept two days longer than the retention that the handler knows of.
    const known = Math.floor(consumer.keepInSeconds / 3600) - 48;
    if (known >= stream.retentionHours) return [];
    return [
      {
        ...at(fn),
        what: `The stream keeps records for ${stream.retentionHours} hours, and the handler takes that for ${known}.`,
        why: "A record that is delivered after its progress is forgotten has its effect a second time.",
        change: `In the handler's options: retentionInHours: ${stream.retentionHours}`,
      },
    ];
  },

  "progress-table-unfit": ({ template, consumer }) => {
    const table = template.tables.find(({ name }) => name === consumer?.progressLocation);
    if (!table) return [];
    const keys = table.keySchema.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`);
    if (keys.join() === "pk HASH,sk RANGE") return [];
    return [
      {
        ...at(table, "KeySchema"),
        what: `The key of the progress table is ${keys.join(", ")}.`,
        why: "No progress can be saved in it, and every batch fails.",
        change:
          template.format === "terraform"
            ? 'hash_key = "pk" and range_key = "sk", both of type S'
            : "KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }], both of type S",
      },
    ];
  },
};

/** What an effect takes on a slow day, of which there is at least one request to a database in each. */
const oneRecord = { name: "each record", leastMs: 25 };

const oneCall = { name: "each call of processBatch", leastMs: 250 };

function looksIntoData({ pattern }: { readonly pattern: unknown }): boolean {
  try {
    return "data" in (typeof pattern === "string" ? JSON.parse(pattern) : (pattern as object));
  } catch {
    // Lambda refuses it, as another check says.
    return false;
  }
}

/** Where the property stands, or the resource if it has none. */
export const at = (
  { logicalId, place, propertyPlaces }: TemplateResource,
  property = "",
): Pick<Finding, "logicalId" | "place"> => ({
  logicalId,
  place: propertyPlaces?.[property] ?? place,
});
