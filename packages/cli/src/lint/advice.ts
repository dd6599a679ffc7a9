/** What `shardmill lint` advises: settings that lose nothing while all goes well. */
import { at } from "./checks.ts";
import type { Check } from "./reader.ts";
import { isPipe, line } from "./words.ts";

export const advice: Readonly<Record<string, Check>> = {
  "record-age-unlimited": ({ template, mapping, stream }) => {
    const { maximumRecordAgeInSeconds: age = -1 } = mapping.settings;
    const retention = (stream?.retentionHours ?? 0) * 3600;
    if (!stream || stream.isExternal || (age !== -1 && age < retention)) return [];
    return [
      {
        ...at(mapping, "MaximumRecordAgeInSeconds"),
        what: `MaximumRecordAgeInSeconds is ${age === -1 ? "unlimited" : age}, and the stream keeps records for ${retention} s.`,
        why: "If the function fails for that long, records expire in the stream, and no document at the destination says which.",
        change: line(
          template,
          "MaximumRecordAgeInSeconds",
          Math.floor((retention * 6) / 7 / 3600) * 3600,
        ),
      },
    ];
  },

  "bisect-off": ({ template, mapping, consumer }) =>
    mapping.settings.bisectBatchOnFunctionError || consumer?.hasParking
      ? []
      : [
          {
            ...at(mapping, "BisectBatchOnFunctionError"),
            what: `${isPipe(mapping) ? "OnPartialBatchItemFailure is not AUTOMATIC_BISECT" : "BisectBatchOnFunctionError is off"}${consumer ? ", and the handler does not park" : ""}.`,
            why: "A record that kills its environment takes its whole batch with it, until all of it is too old.",
            change: isPipe(mapping)
              ? "OnPartialBatchItemFailure: AUTOMATIC_BISECT"
              : line(template, "BisectBatchOnFunctionError", true),
          },
        ],

  "item-failures-unread": ({ template, mapping, consumer }) =>
    consumer || mapping.settings.functionResponseTypes?.includes("ReportBatchItemFailures")
      ? []
      : [
          {
            ...at(mapping, "FunctionResponseTypes"),
            what: "ReportBatchItemFailures is not on.",
            why: "Code that names the records that failed is not heard, and they are lost; code that throws has its whole batch delivered again for one record.",
            change: line(template, "FunctionResponseTypes", "[ReportBatchItemFailures]"),
          },
        ],

  "lanes-within-a-shard": ({ template, mapping, consumer }) => {
    const { parallelizationFactor: factor = 1 } = mapping.settings;
    if (consumer || factor === 1) return [];
    return [
      {
        ...at(mapping, "ParallelizationFactor"),
        what: `ParallelizationFactor is ${factor}.`,
        why: "Several invocations work on one shard at once: only records of one partition key stay in order, and aggregates of the KPL, which all have one key, gain nothing by it.",
        change: `${line(template, "ParallelizationFactor", 1)}, unless order within a key is enough and no producer aggregates`,
      },
    ];
  },

  "progress-stays-for-ever": ({ template, consumer }) => {
    const table = template.tables.find(({ name }) => name === consumer?.progressLocation);
    if (!table || table.timeToLive === "expiresAt") return [];
    return [
      {
        ...at(table, "TimeToLiveSpecification"),
        what: `Time to live of the progress table is ${table.timeToLive ? `on ${table.timeToLive}` : "off"}.`,
        why: "Entries that nobody needs any more stay, and are paid for: the table grows without end.",
        change:
          template.format === "terraform"
            ? 'ttl { attribute_name = "expiresAt" }'
            : "TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }",
      },
    ];
  },
};
