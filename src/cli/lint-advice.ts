/** What `shardmill lint` advises: settings that lose nothing while all goes well. */
import { at, type Check, line } from "./lint-checks.ts";

export const advice: Readonly<Record<string, Check>> = {
  "record-age-unlimited": ({ template, mapping, stream }) => {
    const { maximumRecordAgeInSeconds: age = -1 } = mapping.settings;
    const retention = (stream?.retentionHours ?? 24) * 3600;
    if (stream?.isExternal || (age !== -1 && age < retention)) return [];
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
            what: "BisectBatchOnFunctionError is off, and the handler does not park.",
            why: "A record that kills its environment takes its whole batch with it, until all of it is too old.",
            change: line(template, "BisectBatchOnFunctionError", true),
          },
        ],

  "progress-stays-for-ever": ({ template, consumer }) => {
    const table = template.tables.find(({ name }) => name === consumer?.progressLocation);
    if (!table || table.timeToLive === "expiresAt") return [];
    return [
      {
        ...at(table, "TimeToLiveSpecification"),
        what: `Time to live of the progress table is ${table.timeToLive ? `on ${table.timeToLive}` : "off"}.`,
        why: "Entries that nobody needs any more stay, and are paid for: the table grows without end.",
        change: "TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }",
      },
    ];
  },
};
