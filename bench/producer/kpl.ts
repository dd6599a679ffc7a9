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
  const load = "twice what a shard takes";
  const refusedBy = ({ sent, refused }: Figures | Overload) => refused! / sent!;
  yield share(`${load}: refused entries`, refusedBy(ours.overload), refusedBy(overload!), 0.2);
  const mebibytes = ({ rss }: Figures | Overload) => rss! / 2 ** 20;
  yield share(`${load}: resident MiB`, mebibytes(ours.overload), mebibytes(overload!), 0.33);
  yield share("p99 from put to its answer, in ms", ours.latency.p99, latency!.p99!, 1);

  function share(name: string, shardmill: number, other: number, most: number): Row {
    const values = { shardmill, KPL: other, share: shardmill / other };
    return { name, peer, values, limits: { share: most } };
  }
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
