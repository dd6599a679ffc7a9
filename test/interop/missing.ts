/** What the interop suites need besides npm's packages. Each says why a suite is skipped; undefined: it is not. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOfficial } from "../../packages/local/src/dynamodb/official.ts";

/** Debian: awscli, of trixie or later: an older one does not read AWS_ENDPOINT_URL, and would ask AWS. */
export function missingAwsCli(): string | undefined {
  const version = answerOf("aws", "--version");
  if (version === undefined) return "there is no AWS CLI";
  const [, major, minor] = /^aws-cli\/(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(minor) >= (major === "1" ? 29 : 13)
    ? undefined
    : `the AWS CLI is ${version.split(" ")[0]}, and reads AWS_ENDPOINT_URL from 1.29 and 2.13 on`;
}

/** Debian: openjdk-17-jre-headless, or a later one. What has no compiler cannot run a source file. */
export function missingJava(): string | undefined {
  const version = answerOf("java", "--version");
  if (version === undefined) return "there is no Java (17 or later)";
  const major = Number(/\d+/.exec(version)?.[0]);
  if (!(major >= 17)) return `Java is ${major}, and it needs 17 or later`;
  return answerOf("java", "--list-modules")?.includes("jdk.compiler")
    ? undefined
    : "Java has no compiler: a JDK is needed";
}

/** Debian: maven, and a JDK. What Maven fetches is kept in ~/.m2. */
export function missingMaven(): string | undefined {
  const java = missingJava();
  if (java !== undefined) return java;
  if (answerOf("mvn", "-v") === undefined) return "there is no Maven";
  const wanted = "com.amazonaws:aws-lambda-java-core:1.4.0";
  return answerOf("mvn", "-q", "-B", "dependency:get", `-Dartifact=${wanted}`) === undefined
    ? "Maven cannot fetch its artifacts here"
    : undefined;
}

/** Debian: jq. Firehose speaks 1.6; other versions differ. */
export function missingJq(): string | undefined {
  const version = answerOf("jq", "--version")?.trim();
  if (version === "jq-1.6") return undefined;
  return version === undefined
    ? "there is no jq"
    : `Firehose speaks jq 1.6, and here is ${version}`;
}

/** Debian: python3-venv. What pip gets from PyPI is not kept. */
export function missingPython(): string | undefined {
  if (answerOf("python3", "--version") === undefined) return "there is no Python 3";
  const folder = mkdtempSync(join(tmpdir(), "shardmill-python-"));
  try {
    execFileSync("python3", ["-m", "venv", "--without-pip", folder], { stdio: "ignore" });
    execFileSync(
      "python3",
      ["-m", "pip", "download", "--no-deps", "--quiet", "--dest", folder, "awslambdaric"],
      { stdio: "ignore" },
    );
    return undefined;
  } catch {
    return "Python has no venv or no pip, or pip reaches no packages";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Debian: chromium. */
export const chromium = (): string | undefined =>
  ["chromium", "chromium-browser", "google-chrome"].find(
    (program) => answerOf(program, "--version") !== undefined,
  );

export const missingBrowser = (): string | undefined =>
  chromium() === undefined ? "there is no Chromium" : undefined;

/** Debian: ffmpeg. */
export const missingFfmpeg = (): string | undefined =>
  ["ffmpeg", "ffprobe"].some((program) => answerOf(program, "-version") === undefined)
    ? "there is no ffmpeg"
    : undefined;

/** They are among the dependencies, and optional for users. */
export async function missingVideoClients(): Promise<string | undefined> {
  const names = ["@aws-sdk/client-kinesis-video", "@aws-sdk/client-kinesis-video-media"];
  const found = await Promise.allSettled(names.map((name) => import(name)));
  return found.every(({ status }) => status === "fulfilled")
    ? undefined
    : `npm install: ${names.join(" and ")} are not there`;
}

/** The suites that `npm test` runs where it can, by what is missing. */
export async function skippedSuites(): Promise<ReadonlyMap<string, string>> {
  const official = await findOfficial();
  const suites = {
    "the AWS CLI (test/interop/aws-cli*.test.ts)": missingAwsCli(),
    "Java's dates (test/interop/firehose-dates.test.ts)": missingJava(),
    "Python (test/interop/python.test.ts)": missingPython(),
    "functions in Java (test/interop/java-function.test.ts)": missingMaven(),
    "jq (test/interop/firehose-jq.test.ts)": missingJq(),
    "the page of dev in a browser (test/interop/page.test.ts)": missingBrowser(),
    "video of ffmpeg, read by AWS's clients (test/interop/kinesis-video.test.ts)":
      (await missingVideoClients()) ?? missingFfmpeg(),
    "AWS's DynamoDB Local (test/local/dynamodb, test/faults/store)":
      "missing" in official ? official.missing : undefined,
  };
  return new Map(
    Object.entries(suites).flatMap(([suite, why]) => (why === undefined ? [] : [[suite, why]])),
  );
}

function answerOf(program: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}
