/** The KPL under the same loads, against the same server: where Java, Maven and its registry are. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { mavenProject } from "../../test/interop/maven.ts";
import type { Row } from "../harness.ts";

/** Of a stream that takes whatever comes, and of one with a shard's limits. */
export interface Ports {
  readonly open: number;
  readonly full: number;
}

export interface Latency {
  readonly median: number;
  readonly p99: number;
}

export interface Overload {
  /** Entries of requests. */
  readonly sent: number;
  readonly refused: number;
  /** Of `maxOutstanding`, at most. */
  readonly outstanding: number;
  /** Bytes that all its processes held at most. */
  readonly rss: number;
  /** And those of them that the load has brought. */
  readonly more: number;
}

export interface Ours {
  readonly speed: number;
  readonly overload: Overload;
  readonly latency: Latency;
}

type Figures = Readonly<Record<string, number>>;

/** A row for each load; one that says what is missing. */
export async function* besideKpl(ports: Ports, ours: Ours): AsyncGenerator<Row> {
  const peer = "KPL 1.1.1";
  const kpl = await runKpl(ports);
  if (typeof kpl === "string") {
    yield { name: "beside the KPL", values: { "not measured": kpl } };
    return;
  }
  const { speed, latency, overload } = kpl;
  const perSecond = 20_000 / (speed!.ms! / 1000);
  yield {
    ...{ name: "20,000 records of 100 B into 16 shards, beside the KPL", peer },
    values: {
      ...{ "shardmill k/s": ours.speed / 1000, "KPL k/s": perSecond / 1000 },
      ratio: ours.speed / perSecond,
    },
    atLeast: { ratio: 1.5 },
  };
  const shareOf = ({ sent, refused }: Pick<Overload, "sent" | "refused">) => refused / sent;
  const refused = shareOf(overload as unknown as Overload);
  const mebibytes = (bytes: number) => bytes / 2 ** 20;
  yield {
    ...{ name: "twice what a shard takes, beside the KPL", peer },
    values: {
      ...{ "refused share": shareOf(ours.overload), "KPL's refused share": refused },
      "of the KPL's refused share": shareOf(ours.overload) / refused,
      ...{ MiB: mebibytes(ours.overload.rss), "KPL's MiB": mebibytes(overload!.rss!) },
      "of the KPL's MiB": ours.overload.rss / overload!.rss!,
    },
    limits: { "of the KPL's refused share": 0.2, "of the KPL's MiB": 1 / 3 },
  };
  yield {
    ...{ name: "from put to its answer, beside the KPL", peer },
    values: {
      ...{ "p99 ms": ours.latency.p99, "KPL's p99 ms": latency!.p99! },
      "of the KPL's p99": ours.latency.p99 / latency!.p99!,
    },
    limits: { "of the KPL's p99": 1 },
  };
}

/** What the KPL's program says of each load; or why it does not run. */
async function runKpl({ open, full }: Ports): Promise<Record<string, Figures> | string> {
  const { build, whatIsMissing } = mavenProject("java");
  const missing = await whatIsMissing();
  if (missing !== undefined) return missing;
  const classpath = await build();
  if (typeof classpath === "number") return `its build ended with ${classpath}`;
  const { stdout } = await promisify(execFile)("java", [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
    ...["-cp", classpath, "interop.Bench", String(open), String(full)],
  ]);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return Object.fromEntries(
    lines.map((line) => {
      const { what, ...figures } = JSON.parse(line);
      return [what, figures];
    }),
  );
}
