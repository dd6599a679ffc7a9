/** The code of a Java function: its classes as they were built, and the Java that runs them. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { jarsIn } from "../../template/java-handler.ts";
import type { FunctionSource } from "../../template/types.ts";
import type { BuiltCode } from "../built-code.ts";
import { type JavaOptions, javaClient, javaFor } from "./environment.ts";

export async function javaCode(
  { file, exportName: handler, taskRoot, version = "21" }: FunctionSource,
  options: JavaOptions,
): Promise<BuiltCode> {
  const command = await javaFor(version, options);
  const folders = libraries(file, taskRoot);
  const hasClient = folders.some((folder) =>
    readdirSync(folder).some((name) => name.startsWith("aws-lambda-java-runtime-interface-client")),
  );
  const classPath = [
    ...ownClassPath(file, taskRoot),
    // Last: what the function has itself goes before it.
    ...(hasClient ? [] : [join(await javaClient(options), "*")]),
  ].join(":");
  const main = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
  return {
    ...{ file, handler, taskRoot },
    program: {
      command,
      // As Lambda starts it: quickly, and with little.
      args: [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-cp",
        classPath,
        main,
        handler,
      ],
      variables: {},
    },
    inputs: [file, ...(file.endsWith(".jar") ? [] : classesIn(taskRoot))],
  };
}

/**
 * The function's own, its classes before its libraries. Where there are none, what it needs is in the jar
 * that the build has shaded them into, beside the classes that it has compiled since.
 */
export function ownClassPath(file: string, taskRoot: string): string[] {
  if (file.endsWith(".jar")) return [file, ...inFolders(file, taskRoot)];
  const found = inFolders(file, taskRoot);
  const shaded = found.length === 0 && basename(taskRoot) === "classes";
  return [taskRoot, ...found, ...(shaded ? jarsIn(dirname(taskRoot)).slice(0, 1) : [])];
}

const inFolders = (file: string, taskRoot: string) =>
  libraries(file, taskRoot).map((folder) => join(folder, "*"));

/** Where builds put the jars of what a function needs. */
const libraries = (file: string, taskRoot: string) =>
  [
    join(taskRoot, "lib"),
    join(dirname(taskRoot), "dependency"),
    join(dirname(file), "dependency"),
  ].filter((folder, at, all) => existsSync(folder) && all.indexOf(folder) === at);

/** So many at most are watched. */
const most = 2_000;

function classesIn(folder: string): string[] {
  const found: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next && found.length < most; next = waiting.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".")) waiting.push(path);
      else if (/\.(class|jar)$/.test(entry.name)) found.push(path);
    }
  }
  return found;
}
