/** Compares a template with the options of its handlers. */
import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import {
  type HandlerReport,
  reportHandler,
  type Template,
  type Unsupported,
} from "@shardmill/local/rig";
import { bundleFolder } from "../project/bundle-folder.ts";
import { advice } from "./advice.ts";
import { checks } from "./checks.ts";
import type { Check, Finding, LintResult, Reader } from "./reader.ts";
import { isPipe } from "./words.ts";

export async function lint(template: Template, signal: AbortSignal): Promise<LintResult> {
  const readers = await readersOf(template, signal);
  const run = (table: Readonly<Record<string, Check>>): Finding[] => {
    const found = readers.flatMap((reader) =>
      Object.entries(table).flatMap(([check, find]) =>
        find(reader).map((finding) => ({ check, ...finding })),
      ),
    );
    // Several readers may share a function, a role or a table.
    return [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()];
  };
  const isMissing = ({ path }: Unsupported) => path === "Properties.Handler";
  const { unsupported } = template;
  return {
    findings: [
      ...unsupported.filter(isMissing).map(missingHandler),
      ...unsupported.filter(({ failsInLambda }) => failsInLambda).map(wrongProgram),
      ...run(checks),
    ],
    advice: run(advice),
    notChecked: unsupported
      .filter((one) => !isMissing(one) && !one.failsInLambda)
      .map((one) => behindMapping(one, template)),
    checked: readers.length,
    withoutCode: readers.filter(({ handler }) => handler === undefined).length,
  };
}

/** The settings of a mapping that does not run here are checked: what it leads to is not. */
function behindMapping(one: Unsupported, { notHere }: Template): Unsupported {
  const mapping = notHere?.mappings.find(({ logicalId }) => logicalId === one.logicalId);
  if (!mapping || one.path !== undefined) return one;
  const [source, target] = isPipe(mapping)
    ? ["Source", "Target"]
    : ["EventSourceArn", "FunctionName"];
  const end = mapping.streamArn === undefined ? source : target;
  return { ...one, path: `Properties.${end}` };
}

const missingHandler = ({ logicalId, place, why }: Unsupported): Finding => ({
  check: "handler-not-found",
  ...{ logicalId, place, what: why },
  why: "The function is deployed without its handler, and every invocation fails.",
  change: "The handler, to the file that exports it.",
});

const wrongProgram = ({ logicalId, place, why }: Unsupported): Finding => ({
  check: "program-does-not-start",
  ...{ logicalId, place, what: why },
  why: "Every invocation fails, until the records are too old.",
  change: "Architectures, or the build.",
});

/** Builds and loads each function of Node.js that reads a stream, where its code runs here. */
async function readersOf(template: Template, signal: AbortSignal): Promise<Reader[]> {
  const { functions, streams, projectRoot, notHere } = template;
  const mappings = [...template.mappings, ...(notHere?.mappings ?? [])];
  const declared = [...functions, ...(notHere?.functions ?? [])];
  const outdir = await bundleFolder(projectRoot);
  try {
    const reports = new Map<string, HandlerReport>();
    const waiting = functions.filter(
      ({ logicalId, source: { kind = "nodejs" } }) =>
        kind === "nodejs" && mappings.some((one) => one.functionLogicalId === logicalId),
    );
    const work = async () => {
      for (let fn = waiting.pop(); fn; fn = waiting.pop()) {
        reports.set(fn.logicalId, await reportHandler(fn, template, outdir, signal));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    const readers: Reader[] = [];
    for (const mapping of mappings) {
      const fn = declared.find(({ logicalId }) => logicalId === mapping.functionLogicalId);
      const handler = fn && reports.get(fn.logicalId);
      const stream = streams.find(({ arn }) => arn === mapping.streamArn);
      const consumer = handler?.kind === "consumer" ? handler : undefined;
      readers.push({ template, mapping, fn, stream, handler, consumer, readers });
    }
    return readers;
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
