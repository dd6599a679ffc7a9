/** One function of the template, as it runs here: in child processes, with what the template says of it. */

import { fileFunction } from "../lambda/hosts/file-function.ts";
import { functionIdentity } from "../lambda/hosts/function.ts";
import {
  type ChildProcessSettings,
  childProcessFunction,
  type LambdaFunction,
  type LogLine,
  programFunction,
} from "../lambda/hosts/index.ts";
import { type HandlerReader, handlerReader } from "../reader/handler-reader.ts";
import type { Template, TemplateFunction } from "../template/types.ts";
import type { HandlerCode } from "./built-code.ts";
import type { Debug } from "./debug.ts";

export interface HostOptions {
  readonly template: Pick<Template, "region" | "accountId">;
  /** For every function: where the services are, and who asks. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onLog: (line: LogLine) => void;
  readonly onSettled?: ChildProcessSettings["onSettled"];
  readonly onInvocation?: ChildProcessSettings["onInvocation"];
  readonly onCalls?: ChildProcessSettings["onCalls"];
  readonly failing?: ChildProcessSettings["failing"];
  readonly random?: ChildProcessSettings["random"];
  readonly debug?: Debug | undefined;
}

/** Throws a RangeError for settings that Lambda would refuse. */
export function hostFunction(
  fn: TemplateFunction,
  { file, handler, taskRoot, program }: HandlerCode,
  {
    template,
    variables,
    onLog,
    onSettled,
    onInvocation,
    onCalls,
    failing,
    random,
    debug,
  }: HostOptions,
): LambdaFunction {
  const { reservedConcurrentExecutions } = fn;
  const common = {
    functionName: fn.name,
    timeout: fn.timeout,
    memorySize: fn.memorySize,
    region: template.region,
    accountId: template.accountId,
    environment: { ...ownVariables(fn, variables), ...variables },
    ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
    ...(random && { random }),
    ...(onInvocation && { onInvocation }),
    ...{ taskRoot, onLog, untimed: debug?.isDebugged(fn) ?? false },
  };
  const inspector = common.untimed ? debug?.inspector : undefined;
  return program
    ? programFunction({ ...common, ...program, handler: fn.handler })
    : childProcessFunction({
        ...{ ...common, file, handler, inspector },
        ...(onSettled && { onSettled }),
        ...(onCalls && { onCalls }),
        ...(failing && { failing }),
      });
}

/** Reads with the function's own code. Undefined: it is no module for Node.js. */
export function readerOf(
  fn: TemplateFunction,
  { file, handler, taskRoot, program }: HandlerCode,
  { template, variables }: Pick<HostOptions, "template" | "variables">,
): HandlerReader | undefined {
  if (program) return undefined;
  const { memorySize, name: functionName, timeout } = fn;
  const environment = { ...ownVariables(fn, variables), ...variables };
  const { accountId, region } = template;
  const settings = { functionName, file, handler, taskRoot, environment };
  const identity = functionIdentity({ functionName, timeout, memorySize, region, accountId });
  return handlerReader(fileFunction(identity, settings));
}

/** AWS's host in a queue's URL. */
const queueHost =
  /https:\/\/(?:sqs\.[\w-]+|(?:[\w-]+\.)?queue)\.amazonaws\.com(?:\.cn)?(?=\/\d{12}\/)/g;

/**
 * A client sends to the host in a queue's URL, whatever its endpoint is: in the variables of the template
 * that is this machine's, unless SQS is let through.
 */
function ownVariables(
  { environment }: TemplateFunction,
  { AWS_ENDPOINT_URL_SQS: sqs }: HostOptions["variables"],
): Record<string, string> {
  const entries = Object.entries(environment);
  if (!sqs?.startsWith("http:")) return Object.fromEntries(entries);
  return Object.fromEntries(entries.map(([name, value]) => [name, value.replace(queueHost, sqs)]));
}
