/**
 * AWS's own Java libraries against the simulator: the SDK in CBOR, the real KPL and the real KCL,
 * through a put, a reshard and a drain, with classic reads and with fan-out; and our producer beside the KPL. Needs Java, Maven and
 * Maven's registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/java.ts
 *     node test/interop/java.ts --producers     our producer beside the KPL, and nothing else
 */
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { startProducers } from "./java/producers.ts";
import { mavenProject } from "./maven.ts";

const { build, run, whatIsMissing } = mavenProject("java");
const main = "interop.Interop";

const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped the Java SDK, the KPL and the KCL: ${missing}.`);

async function drive(): Promise<number> {
  const classpath = await build();
  if (typeof classpath === "number") return classpath;
  const kinesis = createKinesis({ limits: true });
  const server = await createKinesisServer({ kinesis, tls: true });
  // The KCL writes its leases there.
  const dynamoDb = await createDynamoDb({ engine: "auto" });
  const { port } = server;
  const producers = await startProducers(kinesis, `http://127.0.0.1:${port}`);
  const status = await run("java", [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
    ...["-cp", classpath, main],
    ...[`http://127.0.0.1:${port}`, String(port), dynamoDb.endpoint, producers.folder],
    ...process.argv.slice(2),
  ]);
  const holds = status === 0 && (await producers.compare());
  await producers.end();
  await server.close();
  await dynamoDb.close();
  return status === 0 && !holds ? 1 : status;
}
