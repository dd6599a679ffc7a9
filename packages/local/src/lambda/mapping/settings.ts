/** Every setting of a mapping for Kinesis, under AWS's own names in camelCase. */
import { type BatchSettings, defaultBatchSettings } from "../../../../../src/mapping/settings.ts";
import type { FilterCriteria } from "../../../../services/src/patterns/criteria.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export interface MappingSettings extends BatchSettings {
  /** AWS wants it said; left out here, it is TRIM_HORIZON. @default "TRIM_HORIZON" */
  readonly startingPosition?: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";
  /** Only with AT_TIMESTAMP: a date, or epoch seconds as in AWS's API. */
  readonly startingPositionTimestamp?: Date | number;
  /** Up to five patterns; a record that matches none is passed over. */
  readonly filterCriteria?: FilterCriteria;
  /** The key that encrypts the filter criteria. It is described, and nothing is encrypted. */
  readonly kmsKeyArn?: string;
  /** `EventCount` is the only group for Kinesis. The counts are kept in any case. */
  readonly metricsConfig?: { readonly metrics?: readonly "EventCount"[] };
  readonly tags?: Readonly<Record<string, string>>;
  /** @default true */
  readonly enabled?: boolean;
}

/** The settings with nothing left open. */
export type Settings = Required<
  Omit<MappingSettings, "startingPositionTimestamp" | "kmsKeyArn" | "metricsConfig">
> &
  Pick<MappingSettings, "startingPositionTimestamp" | "kmsKeyArn" | "metricsConfig">;

/** Lambda's defaults for a mapping of a Kinesis stream. */
export const defaultSettings: Settings = {
  ...defaultBatchSettings,
  startingPosition: "TRIM_HORIZON",
  filterCriteria: {},
  tags: {},
  enabled: true,
};

/** The settings over the defaults, or over those that hold so far; undefined leaves them as they are. */
export function withSettings(given: MappingSettings, base: Settings = defaultSettings): Settings {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(said) };
}

/** Epoch milliseconds. */
export function startingTimestamp({ startingPositionTimestamp: at }: MappingSettings): number {
  return at instanceof Date ? at.getTime() : (at ?? 0) * 1000;
}
