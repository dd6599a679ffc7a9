/** What `shardmill lint` advises: settings that lose nothing while all goes well, and much on a bad day. */
import { at, type Check, line } from "./lint-checks.ts";

export const advice: Readonly<Record<string, Check>> = {
  "record-age-unlimited": ({ template, mapping, stream }) => {
    const { maximumRecordAgeInSeconds: age = -1 } = mapping.settings;
    const retention = (stream?.retentionHours ?? 24) * 3600;
    if (stream?.isExternal || (age !== -1 && age < retention)) return [];
    return [
      {
        ...at(mapping),
        what: `MaximumRecordAgeInSeconds is ${age === -1 ? "unlimited" : age}, and the stream keeps records for ${retention} s.`,
        why: "If the function fails for that long, records expire in the stream, and no document at the destination says which.",
        change: line(template, "MaximumRecordAgeInSeconds", Math.floor((retention * 6) / 7)),
      },
    ];
  },

  "bisect-off": ({ template, mapping, consumer }) =>
    mapping.settings.bisectBatchOnFunctionError || consumer?.hasParking
      ? []
      : [
          {
            ...at(mapping),
            what: "BisectBatchOnFunctionError is off, and the handler does not park.",
            why: "A record that kills its environment takes its whole batch with it, until all of it is too old.",
            change: line(template, "BisectBatchOnFunctionError", true),
          },
        ],
};
