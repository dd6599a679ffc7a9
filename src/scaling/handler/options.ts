/** What `scaleStream` takes, checked once at start, and the policy of each stream. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient, givenText } from "../../aws/given.ts";
import {
  aBoolean,
  aLogger,
  aMetricsSink,
  anObject,
  type Completed,
  complete,
  type OptionRules,
  type Rule,
  refusing,
} from "../../handler/option-rules.ts";
import type { Runtime } from "../../handler/runtime.ts";
import type { Logger } from "../../observe/log.ts";
import type { MetricsSink } from "../../observe/metrics.ts";
import { type PolicyOptions, policyOf, policyRules, type ScalingPolicy } from "../policy.ts";

/** A stream, and what of the policy is its own. */
export interface StreamScaling extends PolicyOptions {
  /** The stream's name. Undefined is refused: the environment variable is not set. */
  readonly streamName: string | undefined;
}

/** What `scaleStream` takes. The policy at the top is that of every stream that says nothing else. */
export interface ScaleStreamOptions extends PolicyOptions {
  /** The streams that are looked after, one entry each. */
  readonly streams: readonly StreamScaling[];
  /** Says what it would do, and does nothing. @default false */
  readonly dryRun?: boolean;
  /** Your own client for Kinesis. @default one from the environment */
  readonly kinesis?: CommandSender;
  /** Your own client for CloudWatch. @default one from the environment */
  readonly cloudwatch?: CommandSender;
  /** Where log lines go: `console`, or Powertools' Logger. @default one JSON line each on standard output */
  readonly logger?: Logger;
  /** Where metrics go; false for nowhere. @default CloudWatch's embedded metric format on standard output */
  readonly metrics?: MetricsSink | false;
  /** Time and output, for tests. */
  readonly runtime?: Partial<Runtime>;
}

/** A stream and its policy, complete. */
export interface ScaledStream {
  readonly streamName: string;
  readonly policy: ScalingPolicy;
}

/** The options with their defaults. */
export interface ScalingPlan extends Omit<Completed<HandlerOptions, typeof standards>, "streams"> {
  readonly streams: readonly ScaledStream[];
}

const anything: Rule = [() => true, ""];

/** What is of the handler, and not of the policy. */
type HandlerOptions = Omit<ScaleStreamOptions, keyof PolicyOptions>;

const handlerRules = {
  __proto__: null,
  streams: [(value) => Array.isArray(value) && value.length > 0, "a list of at least one stream"],
  dryRun: aBoolean,
  // Checked where what they must be can be said.
  kinesis: anything,
  cloudwatch: anything,
  logger: aLogger,
  metrics: aMetricsSink,
  runtime: anObject,
} satisfies OptionRules<HandlerOptions>;

const standards = { dryRun: false };

const who = "scaleStream";

/** @throws TypeError that says which option of which stream is wrong, and what it must be. */
export function scalingPlanOf(options: ScaleStreamOptions): ScalingPlan {
  const refuse = refusing(who);
  refuse(typeof options !== "object" || options === null, "give it options: { streams, max }.");
  const [ofPolicy, ofHandler] = parted(options);
  const handler = complete<HandlerOptions, typeof standards>(
    refuse,
    handlerRules,
    standards,
    ofHandler as unknown as HandlerOptions,
    "streams",
  );
  const streams = options.streams.map((stream, index): ScaledStream => {
    const where = `${who}: streams[${index}]`;
    const { streamName, ...own } = stream ?? {};
    const name = givenText(streamName, "streamName", where);
    const given = { ...ofPolicy, ...defined(own) };
    return { streamName: name, policy: policyOf(given, `${who}: ${name}`) };
  });
  const names = new Set(streams.map(({ streamName }) => streamName));
  refuse(names.size < streams.length, "a stream is named twice.");
  return {
    ...handler,
    streams,
    kinesis: givenClient(options.kinesis, `${who}: kinesis`, "KinesisClient"),
    cloudwatch: givenClient(options.cloudwatch, `${who}: cloudwatch`, "CloudWatchClient"),
  };
}

type Given = Readonly<Record<string, unknown>>;

function parted(options: ScaleStreamOptions): [ofPolicy: Given, ofHandler: Given] {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  const isPolicy = ([name]: [string, unknown]) => Object.hasOwn(policyRules, name);
  return [
    Object.fromEntries(entries.filter(isPolicy)),
    Object.fromEntries(entries.filter((entry) => !isPolicy(entry))),
  ];
}

const defined = (given: object): Given =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
