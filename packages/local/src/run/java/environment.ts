/** A Java with AWS's runtime interface client, which Maven fetches once and which is kept. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface JavaOptions {
  /** The folder for what Maven fetches. Absolute. */
  readonly folder: string;
  /** Told in one line what takes long, and what differs from Lambda. */
  readonly log?: (line: string) => void;
}

const client = "com.amazonaws:aws-lambda-java-runtime-interface-client";
const clientVersion = "2.10.1";

const run = promisify(execFile);
const making = new Map<string, Promise<string>>();
const told = new Set<string>();

/** The program `java` for a function of this version (`21`). Rejects with what a person can do. */
export async function javaFor(
  version: string,
  { log = () => {} }: JavaOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if (process.platform !== "linux") {
    throw new Error(
      "AWS's Java client runs on Linux alone, and this machine is none: run shardmill in a container.",
    );
  }
  const home = env.JAVA_HOME;
  const java = home && existsSync(join(home, "bin", "java")) ? join(home, "bin", "java") : "java";
  // It says its version on standard error.
  const said = await run(java, ["-version"]).then(
    ({ stdout, stderr }) => stdout + stderr,
    (cause) => {
      throw new Error(`There is no Java here. Install Java ${version}, or set JAVA_HOME.`, {
        cause,
      });
    },
  );
  const [, old, major = old] = /version "(?:1\.)?(\d+)/.exec(said) ?? [];
  if (major !== undefined && major !== version) {
    const line = `A function of java${version} runs on Java ${major} here: JAVA_HOME names another.`;
    if (!told.has(line)) log(line);
    told.add(line);
  }
  return java;
}

/** The folder with the client and what it needs, as jars. Rejects with what a person can do. */
export async function javaClient({ folder, log = () => {} }: JavaOptions): Promise<string> {
  const place = join(folder, clientVersion);
  const made = making.get(place) ?? (existsSync(place) ? Promise.resolve(place) : make());
  making.set(place, made);
  made.catch(() => making.delete(place));
  return made;

  async function make(): Promise<string> {
    log(`Maven fetches ${client}:${clientVersion} into ${place}.`);
    await mkdir(folder, { recursive: true });
    // It is moved into its place when it is complete; two processes may make it at one time.
    const draft = await mkdtemp(join(folder, "making-"));
    try {
      await writeFile(join(draft, "pom.xml"), pom);
      const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${join(draft, "lib")}`];
      await run("mvn", ["-q", "-B", ...goal], { cwd: draft, maxBuffer: 64 * 1024 * 1024 });
      await rename(join(draft, "lib"), place).catch((error) => {
        if (!existsSync(place)) throw error;
      });
      return place;
    } catch (cause) {
      const { stdout = "", message } = cause as { stdout?: string; message: string };
      const why = stdout.trim().split("\n").slice(0, 3).join("\n") || message;
      throw new Error(
        `Maven could not get AWS's Java client:\n${why}\nInstall Maven (mvn), or add ${client} to the function's own dependencies.`,
        { cause },
      );
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

const [groupId, artifactId] = client.split(":");
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>runtime</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${clientVersion}</version>
  </dependency></dependencies>
</project>
`;
