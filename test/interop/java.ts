/**
 * AWS's own Java libraries against the simulator: the SDK in CBOR, the real KPL and the real KCL,
 * through a put, a reshard and a drain, with classic reads and with fan-out; and our producer beside the KPL. Needs Java, Maven and
 * Maven's registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/java.ts
 *     node test/interop/java.ts --producers     our producer beside the KPL, and nothing else
 */
import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { startProducers } from "./java/producers.ts";

const project = fileURLToPath(new URL("java", import.meta.url));
/** Where the project's pom.xml has it built. */
const built = fileURLToPath(new URL("../../node_modules/.cache/interop-java", import.meta.url));
const main = "interop.Interop";

const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped the Java SDK, the KPL and the KCL: ${missing}.`);

async function whatIsMissing(): Promise<string | undefined> {
  const quiet = { stdio: "ignore" } as const;
  if ((await run("java", ["-version"], quiet)) !== 0) return "there is no Java";
  if ((await run("mvn", ["-version"], quiet)) !== 0) return "there is no Maven";
  const had = await run("mvn", ["-q", "-B", "dependency:resolve"], quiet);
  return had === 0 ? undefined : "Maven cannot fetch them here";
}

async function drive(): Promise<number> {
  const goals = ["compile", "dependency:build-classpath", `-Dmdep.outputFile=${built}/classpath`];
  const compiled = await run("mvn", ["-q", "-B", ...goals]);
  if (compiled !== 0) return compiled;
  const classpath = await readFile(`${built}/classpath`, "utf8");
  const kinesis = createKinesis({ limits: true });
  const server = await createKinesisServer({ kinesis, tls: true });
  // The KCL writes its leases there.
  const dynamoDb = await createDynamoDb({ engine: "auto" });
  const { port } = server;
  const producers = await startProducers(kinesis, `http://127.0.0.1:${port}`);
  const status = await run("java", [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
    ...["-cp", `${built}/classes:${classpath}`, main],
    ...[`http://127.0.0.1:${port}`, String(port), dynamoDb.endpoint, producers.folder],
    ...process.argv.slice(2),
  ]);
  const holds = status === 0 && (await producers.compare());
  await producers.end();
  await server.close();
  await dynamoDb.close();
  return status === 0 && !holds ? 1 : status;
}

/** The exit status; 127 for a program that is not there. */
async function run(program: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  const child = spawn(program, args, { cwd: project, stdio: "inherit", ...options });
  try {
    const [status] = await once(child, "close");
    return status ?? 1;
  } catch {
    return 127;
  }
}
