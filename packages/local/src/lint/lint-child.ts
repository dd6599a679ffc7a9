/**
 * The child process of `shardmill lint`: loads a built handler and tells its parent the options
 * that the template must suit. An entry of its own. Arguments: the handler's file and export.
 */
import * as zlib from "node:zlib";
import type { Plan } from "../../../../src/consumer/plan.ts";
import type { UserRecord } from "../../../../src/record/user-record.ts";
import { type Handler, loadHandler } from "../lambda/hosts/runtime/handler.ts";
import type { HandlerReport } from "./handler-report.ts";

async function report(file: string, exportName: string): Promise<HandlerReport> {
  const handler = (await loadHandler(file, exportName)) as Handler & Record<symbol, unknown>;
  const plan = handler[Symbol.for("shardmill.options")] as Plan<unknown> | undefined;
  if (!plan) return { kind: "other" };
  const { consumer, order, concurrency, parallelizationFactor, maxAttempts, marginMs } = plan;
  return {
    kind: "consumer",
    ...{ consumer, order, concurrency, parallelizationFactor },
    ...(plan.processBatch !== undefined && { maxItems: plan.maxItems }),
    ...(Number.isFinite(maxAttempts) && { maxAttempts }),
    ...(marginMs !== undefined && { marginMs }),
    hasUniqueId: plan.uniqueId !== undefined,
    asksForShards: plan.deaggregator?.asksForShards === true,
    hasProgress: plan.progress !== undefined,
    ...(plan.progress?.location && { progressLocation: plan.progress.location }),
    hasParking: plan.park !== undefined,
    ...(plan.park?.location && { parkLocation: plan.park.location }),
    keepInSeconds: plan.keepInSeconds,
    readsJson: await readsJson(plan),
    ...(plan.counted && { windows: plan.progress ? "own" : "ofMapping" }),
  };
}

/**
 * Whether the decoder takes JSON, by trying. One that does takes JSON, or fails on its shape, which is not how
 * it fails on what is no JSON. One that fails on both alike, and not on compressed data, takes that.
 */
async function readsJson({ decode }: Plan<unknown>): Promise<boolean | "unknown"> {
  const attempt = async (data: Uint8Array) => {
    try {
      await decode(data, { partitionKey: "", data } as UserRecord);
      return "taken";
    } catch (error) {
      const { name, code } = error as { name?: string; code?: string };
      return `${name} ${code}`;
    }
  };
  const json = await attempt(Buffer.from("{}"));
  const text = await attempt(Buffer.from("{ this is no JSON"));
  if (json === "taken" && text === "taken") return "unknown";
  if (json !== text) return true;
  for (const compress of [zlib.gzipSync, zlib.zstdCompressSync]) {
    // Node has zstd from 22.15 on.
    if (compress && (await attempt(compress("{}"))) !== json) return false;
  }
  return "unknown";
}

const [file = "", exportName = ""] = process.argv.slice(2);
const answer = await report(file, exportName).catch(
  (error): HandlerReport => ({
    kind: "broken",
    message: error instanceof Error ? error.message : String(error),
  }),
);
// What the module has opened keeps a process alive.
process.send?.(answer, () => process.exit(0));
