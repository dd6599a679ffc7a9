/** What `shardmill plan` prints for a person. */
import type { Plan, Prices } from "@shardmill/local/rig";

export function planReport(plan: Plan, prices: Prices): string {
  return [
    section("Load", loadLines(plan)),
    section("Stream", streamLines(plan)),
    section("Mapping", mappingLines(plan)),
    section("Queue of the busiest shard", queueLines(plan)),
    section(`A month in ${prices.region}, ${prices.currency}`, costLines(plan, prices)),
    ...(plan.notes.length > 0
      ? [
          section(
            "Notes",
            plan.notes.map((note) => [note, ""]),
          ),
        ]
      : []),
    ...(plan.ok ? [] : [section("It does not work", problemLines(plan))]),
  ].join("\n");
}

type Line = readonly [name: string, value: string];

const section = (title: string, lines: readonly Line[]) =>
  `${title}\n${lines.map(([name, value]) => `  ${name.padEnd(37)}${value}\n`).join("")}`;

function loadLines({ load }: Plan): Line[] {
  const { recordsPerSecond, peakRecordsPerSecond, bytes, keys, hottestShare, perAggregate } = load;
  return [
    [
      "records/s, on average and at most",
      `${number(recordsPerSecond)}, ${number(peakRecordsPerSecond)}`,
    ],
    ["bytes a record", number(bytes)],
    ["keys; the busiest one has", `${number(keys)}; ${number(100 * hottestShare)} %`],
    ...(perAggregate > 1 ? [["records in an aggregate", number(perAggregate)] as const] : []),
  ];
}

function streamLines({ need, shards, cost }: Plan): Line[] {
  const { bytesIn, recordsIn, bytesOut } = need.by;
  const why = shards > need.shards ? "so that the function keeps up" : `because of ${need.because}`;
  return [
    ["shards", `${number(shards)}, ${why}`],
    ["by bytes in, records in, bytes out", [bytesIn, recordsIn, bytesOut].map(number).join(", ")],
    ["cheaper", cost.kinesis.mode],
  ];
}

function mappingLines(plan: Plan): Line[] {
  return [
    ["ParallelizationFactor", number(plan.parallelizationFactor)],
    ["BatchSize", number(plan.batchSize)],
    ["MaximumBatchingWindowInSeconds", number(plan.maximumBatchingWindowInSeconds)],
    [
      "concurrent invocations",
      `${number(plan.concurrency)} on average, ${number(plan.concurrencyAtMost)} at most`,
    ],
  ];
}

function queueLines({ queue }: Plan): Line[] {
  const { iteratorAgeMs: age, doneAfterMs: done } = queue;
  return [
    ["iterator age, mean, p99, most", [age.mean, age.p99, age.highest].map(seconds).join(", ")],
    ["done after arrival, mean, p99", [done.mean, done.p99].map(seconds).join(", ")],
    ["records an invocation", number(queue.recordsPerInvocation)],
    ["an invocation takes", `${number(queue.invocationMs)} ms`],
    ["of the time at work", `${number(100 * queue.utilization)} %`],
  ];
}

function costLines({ cost }: Plan, { kinesis, lambda, dynamodb }: Prices): Line[] {
  const { writes, reads, storage } = cost.dynamodb;
  return [
    ["Kinesis, provisioned", money(cost.kinesis.provisioned)],
    ["Kinesis, on demand", money(cost.kinesis.onDemand)],
    [
      "Lambda, requests and duration",
      [cost.lambda.requests, cost.lambda.duration].map(money).join(" + "),
    ],
    ["DynamoDB, writes, reads, storage", [writes, reads, storage].map(money).join(" + ")],
    ["all, with the cheaper mode", money(cost.total)],
    ...[kinesis, lambda, dynamodb].map(
      ({ source, date, checked }): Line => [`prices of ${date}`, `${source} (${checked})`],
    ),
  ];
}

function problemLines({ problems, queue, wishes }: Plan): Line[] {
  const lines = problems.map((problem): Line => ["", problem]);
  if (!queue.keepsUp) {
    lines.push(["", "The longer it runs, the more records wait."]);
  } else if (lines.length === 0) {
    lines.push([
      "",
      `The iterator age exceeds the ${wishes.maxAgeSeconds} s that were wished for.`,
    ]);
  }
  return lines.map(([, text]) => [text, ""] as const);
}

const seconds = (ms: number) => `${number(ms / 1000)} s`;

const money = (amount: number) =>
  amount.toLocaleString("en", { maximumFractionDigits: amount < 100 ? 2 : 0 });

/** With three digits at least. */
const number = (value: number) =>
  value.toLocaleString("en", {
    maximumSignificantDigits: Math.max(3, Math.ceil(Math.log10(Math.abs(value) + 1))),
  });
