/** What `shardmill dev` prints as things happen, in lines for a person. */
import { relative } from "node:path";
import type { MachineEvent, RefusedCall } from "@shardmill/local/rig";
import type { Output } from "../command-line/run-command.ts";
import { exportLines } from "../project/client-variables.ts";
import { addCounts, type Counts, readMetrics } from "../project/function-output.ts";
import type { ProjectMachine } from "../project/machine.ts";
import { draw } from "../terminal/terminal.ts";
import {
  announcement,
  batchLine,
  deliveryLine,
  discardedLines,
  invocationLine,
  logLines,
  objectLine,
  type Paint,
  painter,
  refusedLine,
  stackLines,
  transformLine,
} from "./lines.ts";

export interface DevReport {
  readonly event: (event: MachineEvent) => void;
  readonly note: (text: string) => void;
  /** A function has code; `saved`: because of these files, none at the first time. */
  built(functionName: string, saved: readonly string[]): void;
  broken(functionName: string, error: Error): void;
  readonly sourcesChanged: (files: readonly string[]) => void;
  /** Saves in some folder are not seen. */
  readonly unwatched: (error: Error) => void;
  ready(
    project: Pick<ProjectMachine, "template" | "machine" | "bucketFolder">,
    milliseconds: number,
    /** Where the page is. */
    page: string | undefined,
  ): void;
}

/** Lines for a person. */
export function linesReport(
  out: Output,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): DevReport {
  const paint = painter(out, env);
  const say = (...lines: string[]) =>
    draw(out, lines.map((line) => `${paint.kept(line)}\n`).join(""));
  const near = (file: string) => relative(cwd, file) || file;
  /** By request id: what the metrics say, until the batch's line is written. */
  const counts = new Map<string, Counts>();
  const told = new Set<string>();
  /** By function: the stack that was shown last. A batch that is retried fails the same way again. */
  const shown = new Map<string, string>();
  const withCode = new Set<string>();

  function once(key: string, ...lines: string[]): void {
    if (told.has(key)) return;
    told.add(key);
    say(...lines);
  }

  function event(event: MachineEvent): void {
    if (event.type === "log") {
      const { line, requestId } = event.line;
      const metrics = readMetrics(line);
      if (!metrics) say(...logLines(event, paint));
      else if (requestId !== undefined) {
        counts.set(requestId, addCounts(counts.get(requestId), metrics));
      }
    } else if (event.type === "batch") {
      const { requestId, error } = event.invocation;
      say(batchLine(event, counts.get(requestId), paint));
      counts.delete(requestId);
      const stack = stackLines(error, paint);
      const text = stack.join("\n");
      if (stack.length > 0 && shown.get(event.functionName) !== text) say(...stack);
      shown.set(event.functionName, text);
    } else if (event.type === "discarded") say(...discardedLines(event, paint));
    else if (event.type === "transform")
      say(transformLine(event, paint), ...stackLines(event.error, paint));
    else if (event.type === "object") say(objectLine(event, paint));
    else if (event.type === "delivery") {
      if (event.what === "request" || event.what === "outbox") say(deliveryLine(event, paint));
    } else if (event.type === "invocation") {
      say(invocationLine(event, paint), ...stackLines(event.error, paint));
    } else if (event.type === "refused") once(callKey(event.call), refusedLine(event.call, paint));
    else if (event.type === "fault") say(paint.bad(event.text));
    else if (event.type === "note") once(event.text, event.text);
  }

  return {
    event,
    note: (text) => once(text, text),
    unwatched: ({ message }) => once(message, unwatchedText(message)),
    built(functionName, saved) {
      withCode.add(functionName);
      if (saved.length === 0) return;
      say(paint.good(`${functionName} is reloaded: ${[...new Set(saved)].map(near).join(", ")}`));
    },
    broken(functionName, error) {
      const rest = withCode.has(functionName)
        ? "The old code runs on."
        : "Its records wait until it can be built.";
      say(...error.message.split("\n").map(paint.bad), `${functionName} is not reloaded. ${rest}`);
    },
    sourcesChanged(files) {
      say(
        paint.bad(
          `${files.map(near).join(", ")} changed: it is taken at the next start (Ctrl-C, then again).`,
        ),
      );
    },
    ready({ template, machine, bucketFolder }, milliseconds, page) {
      const seconds = (milliseconds / 1000).toFixed(1);
      say(
        ...announcement(template, bucketFolder, cwd, paint),
        "",
        ...servicesLines(machine, paint),
        ...exportLines(machine.address ?? "", template.region),
        "",
        ...(page === undefined ? [] : [`Page ${page}`]),
        `Ready after ${seconds} s. In another terminal: eval "$(npx shardmill env)", or paste the lines above. Ctrl-C ends it.`,
      );
    },
  };
}

/** Where each service is, for whoever wants one alone. */
function servicesLines({ endpoints }: ProjectMachine["machine"], { quiet }: Paint): string[] {
  return Object.entries(endpoints).map(
    ([service, url]) => `  ${quiet("at       ")}${service.padEnd(9)} ${url}`,
  );
}

export const unwatchedText = (message: string) =>
  `Not every save will be seen: ${message}. Start again to take what was missed.`;

const callKey = ({ service, operation }: RefusedCall) => `refused ${service} ${operation}`;
