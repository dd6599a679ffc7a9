/** A project of Maven's that a test starts: what it needs, its build, and its programs. */
import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** `profile`: of its pom.xml, which has another build under its own name. */
export function mavenProject(
  name: "flink" | "java" | "kcl" | "opensearch",
  profile?: "kcl3" | "multilang",
) {
  const profiles = profile ? [`-P${profile}`] : [];
  const cwd = fileURLToPath(new URL(name, import.meta.url));
  /** Where the project's pom.xml has it built. */
  const built = fileURLToPath(
    new URL(`../../node_modules/.cache/interop-${profile ?? name}`, import.meta.url),
  );

  /** The exit status; 127 for a program that is not there. */
  async function run(program: string, args: string[], options: SpawnOptions = {}): Promise<number> {
    const child = spawn(program, args, { cwd, stdio: "inherit", ...options });
    try {
      const [status] = await once(child, "close");
      return status ?? 1;
    } catch {
      return 127;
    }
  }

  return {
    run,
    /** What keeps it from being built here. */
    async whatIsMissing(): Promise<string | undefined> {
      const quiet = { stdio: "ignore" } as const;
      if ((await run("java", ["-version"], quiet)) !== 0) return "there is no Java";
      if ((await run("mvn", ["-version"], quiet)) !== 0) return "there is no Maven";
      const had = await run("mvn", ["-q", "-B", ...profiles, "dependency:resolve"], quiet);
      return had === 0 ? undefined : "Maven cannot fetch its artifacts here";
    },
    /** Resolves to the class path; to the exit status of a build that fails. */
    async build(): Promise<string | number> {
      const goals = [
        "compile",
        "dependency:build-classpath",
        `-Dmdep.outputFile=${built}/classpath`,
      ];
      const compiled = await run("mvn", ["-q", "-B", ...profiles, ...goals]);
      if (compiled !== 0) return compiled;
      return `${built}/classes:${await readFile(`${built}/classpath`, "utf8")}`;
    },
  };
}
