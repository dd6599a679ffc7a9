/** The code of a Java function: the classes and jars that a build left on this machine. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { shownFolder } from "./error.ts";
import type { CodeLocation, NoCode } from "./opened.ts";
import type { DeclaredFunction, FunctionSource } from "./types.ts";

/** Jars that no function runs from. */
const besides = /^original-|-(sources|javadoc|tests|plain)\.jar$/;

/**
 * Finds `com.example.Orders::handleRequest`: a class in a folder that is deployed as it is, as `sam build` makes
 * it, or the jar of Maven's or Gradle's build.
 */
export function findJavaHandler(
  { logicalId, handler, runtime }: DeclaredFunction,
  { folder }: CodeLocation,
  projectRoot: string,
): FunctionSource | NoCode {
  const [className = ""] = handler.split("::");
  const classFile = join(...className.split("."));
  const source = (file: string, taskRoot: string): FunctionSource => ({
    ...{ kind: "java", version: runtime.slice("java".length).replace(/\..*$/, "") },
    ...{ file, exportName: handler, taskRoot, isBuilt: true },
  });
  if (isFile(folder)) return source(folder, dirname(folder));
  const built = join(projectRoot, ".aws-sam", "build", logicalId);
  for (const place of [folder, built, join(folder, "target", "classes")]) {
    const file = join(place, `${classFile}.class`);
    if (isFile(file)) return source(file, place);
  }
  for (const place of [join(folder, "target"), join(folder, "build", "libs"), folder]) {
    const [jar] = jarsIn(place);
    if (jar !== undefined) return source(jar, place);
  }
  return {
    why: `There is no class ${className} in ${shownFolder(folder)}, nor a jar in its target or build/libs. Build it first: mvn package, gradle build or sam build.`,
  };
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The largest first: it has its dependencies in it. */
export function jarsIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jar") && !besides.test(name))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
}
