/** What `shardmill record` says at its end. */
import { counted } from "../terminal/counted.ts";

/** What `--json` prints. */
export interface Summary {
  readonly stream: string;
  readonly records: number;
  /** Of their data. */
  readonly bytes: number;
  /** Records by shard. */
  readonly shards: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly output: string;
  /** It went on after what was recorded before. */
  readonly resumed: boolean;
  readonly interrupted: boolean;
}

export function describe({
  records,
  bytes,
  shards,
  seconds,
  output,
  stream,
  ...rest
}: Summary): string {
  const where = output === "-" ? "" : ` into ${output}`;
  return [
    `${stream}: ${counted(records, "record")}${where}, ${counted(bytes, "byte")}, in ${seconds.toFixed(1)} s${rest.resumed ? ", after what was there" : ""}.`,
    ...Object.entries(shards)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([shardId, count]) => `  ${shardId}  ${count}`),
    ...(rest.interrupted && output !== "-" ? ["  The same command goes on from here."] : []),
    "",
  ].join("\n");
}
