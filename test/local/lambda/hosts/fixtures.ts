/** Handler files in a temporary folder, and the hosts that run them; gone after their test or file. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChildProcessSettings,
  childProcessFunction,
} from "../../../../packages/local/src/lambda/hosts/child-process.ts";
import { FunctionError } from "../../../../packages/local/src/lambda/hosts/errors.ts";
import type {
  FunctionSettings,
  LambdaFunction,
} from "../../../../packages/local/src/lambda/hosts/function.ts";
import { inProcessFunction } from "../../../../packages/local/src/lambda/hosts/in-process.ts";
import { workerThreadFunction } from "../../../../packages/local/src/lambda/hosts/worker-thread.ts";
import { after } from "../../../ending.ts";

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "shardmill-hosts-"));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function handlerFile(source: string, name = "index.mjs"): string {
  const file = join(folder(), name);
  writeFileSync(file, source);
  return file;
}

type FileSettings = Partial<ChildProcessSettings>;

function closing<F extends LambdaFunction>(fn: F): F {
  after(() => fn.close());
  return fn;
}

/** A function in child processes whose handler module is `source`. */
export const inChild = (source: string, settings: FileSettings = {}) =>
  closing(childProcessFunction({ functionName: "fn", file: handlerFile(source), ...settings }));

/** The same in worker threads. */
export const inWorker = (source: string, settings: FileSettings = {}) =>
  closing(workerThreadFunction({ functionName: "fn", file: handlerFile(source), ...settings }));

/** The same in this process: the module is loaded before. */
export async function inThisProcess(source: string, settings: Partial<FunctionSettings> = {}) {
  const { handler } = await import(handlerFile(source));
  return closing(inProcessFunction({ functionName: "fn", handler, ...settings }));
}

export const hosts = [
  ["in-process", inThisProcess],
  ["worker thread", inWorker],
  ["child process", inChild],
] as const;

/** The two that load the file themselves and can kill it. */
export const killable = [
  ["worker thread", inWorker],
  ["child process", inChild],
] as const;

export const invoke = (
  fn: LambdaFunction,
  event: unknown = {},
  awsRequestId: string = randomUUID(),
) => fn.invoke(event, { awsRequestId });

/** The error of an invocation that is expected to fail. */
export async function failure(invocation: Promise<unknown>): Promise<FunctionError> {
  const error = await invocation.then(
    (response) => new Error(`It succeeded with ${JSON.stringify(response)}`),
    (error) => error,
  );
  if (!(error instanceof FunctionError)) throw error;
  return error;
}
