/**
 * Workers of the real KCL 3.5 and ours on one lease table, against the local Kinesis and AWS's DynamoDB Local: the KCL's leader assigns
 * leases to ours, moves them, and takes them back; then ours leads workers of the KCL. Nothing may be lost, and nothing repeated but what died.
 * Needs Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure. It takes ten minutes.
 *
 *     node test/interop/kcl3.ts
 *     node test/interop/kcl3.ts --only leads
 */
import { parseArgs } from "node:util";
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { scenarios } from "./kcl/led.ts";
import { mavenProject } from "./maven.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });
const { build, whatIsMissing } = mavenProject("kcl", "kcl3");
const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped the KCL 3.5 beside workers of ours: ${missing}.`);

async function drive(): Promise<number> {
  const classpath = await build();
  if (typeof classpath === "number") return classpath;
  const kinesis = createKinesis({ limits: true });
  const server = await createKinesisServer({ kinesis, tls: true });
  // It adds an index to a table that is there.
  const dynamoDb = await createDynamoDb({ engine: "auto" });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const places = { kinesis, classpath, endpoints: [endpoint, dynamoDb.endpoint] } as const;
  const wrongs: string[] = [];
  for (const { name, run } of scenarios) {
    if (values.only !== undefined && !name.includes(values.only)) continue;
    const found = await run(places).catch((error: Error) => [String(error.message)]);
    console.log(`${found.length === 0 ? "holds" : "FAILS"}: ${name}`);
    for (const wrong of found) wrongs.push(`${name}: ${wrong}`);
  }
  for (const wrong of wrongs) console.error(wrong);
  await server.close();
  await dynamoDb.close();
  return wrongs.length === 0 ? 0 : 1;
}
