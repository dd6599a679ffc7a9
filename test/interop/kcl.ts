/**
 * Workers of the real KCL 2.7 and ours on one lease table, against the local Kinesis and the local DynamoDB: they join, leave, die and
 * hand over both ways. Nothing may be lost, every row is read by both, and each write of the KCL is compared with ours.
 * Needs Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/kcl.ts
 *     node test/interop/kcl.ts --histories 20 --seed 1     random histories beside it; 4 unless it is said
 */
import { parseArgs } from "node:util";
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { randomHistories } from "./kcl/histories.ts";
import { scenarios } from "./kcl/scenarios.ts";
import { compareWrites } from "./kcl/writes.ts";
import { mavenProject } from "./maven.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const { build, whatIsMissing } = mavenProject("kcl");
const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped the KCL 2.7 beside workers of ours: ${missing}.`);

async function drive(): Promise<number> {
  const classpath = await build();
  if (typeof classpath === "number") return classpath;
  const kinesis = createKinesis({ limits: true });
  const server = await createKinesisServer({ kinesis, tls: true });
  const comparison = compareWrites();
  const dynamoDb = await createDynamoDb({ onRequest: comparison.see });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const places = { kinesis, classpath, endpoints: [endpoint, dynamoDb.endpoint] } as const;
  const wrongs: string[] = [];
  for (const { name, run } of scenarios) {
    if (values.only !== undefined && !name.includes(values.only)) continue;
    const found = await run(places).catch((error: Error) => [String(error.message)]);
    console.log(`${found.length === 0 ? "holds" : "FAILS"}: ${name}`);
    for (const wrong of found) wrongs.push(`${name}: ${wrong}`);
  }
  const histories = Number(values.histories);
  wrongs.push(...(await randomHistories(places, Number(values.seed), histories)));
  const kinds = [...comparison.kinds].map(([kind, count]) => `${count} × ${kind}`);
  console.log(`writes of the KCL, compared: ${kinds.join(", ")}`);
  wrongs.push(...comparison.differences);
  for (const wrong of wrongs) console.error(wrong);
  await server.close();
  await dynamoDb.close();
  return wrongs.length === 0 ? 0 : 1;
}
