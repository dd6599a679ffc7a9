/**
 * Workers of the real KCL 3.5 and one of ours on one lease table, against the local Kinesis and AWS's DynamoDB Local: the KCL's leader assigns
 * leases to ours, moves them, and takes them back. Nothing may be lost, and nothing repeated but what died.
 * Needs Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure. It takes three minutes.
 *
 *     node test/interop/kcl3.ts
 */
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { mixedFleet, until } from "./kcl/fleet.ts";
import { mavenProject } from "./maven.ts";

const { build, whatIsMissing } = mavenProject("kcl", "kcl3");
const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped the KCL 3.5 beside a worker of ours: ${missing}.`);

async function drive(): Promise<number> {
  const classpath = await build();
  if (typeof classpath === "number") return classpath;
  const kinesis = createKinesis({ limits: true });
  const server = await createKinesisServer({ kinesis, tls: true });
  // It adds an index to a table that is there.
  const dynamoDb = await createDynamoDb({ engine: "auto" });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const places = { kinesis, classpath, endpoints: [endpoint, dynamoDb.endpoint] } as const;
  const fleet = mixedFleet(places, "led", 4);
  const owns = (owner: string, count: number) => async () =>
    (await fleet.ownersOf()).filter((one) => one === owner).length === count;
  const began = performance.now();
  const holds = async (what: string, isSo: () => unknown) => {
    await until(what, isSo, 240_000);
    console.log(`${Math.round((performance.now() - began) / 1000)} s: ${what}`);
  };

  fleet.put(40);
  const leader = fleet.theirs("kcl-1");
  await holds("the KCL has all leases", owns("kcl-1", 4));
  await holds("everything is done", fleet.isAllDone);
  const one = fleet.ours("ours-1");
  const putting = setInterval(() => fleet.put(4), 500);
  await holds("its leader has handed a lease to ours", () => one.leases().length > 0);
  const another = fleet.theirs("kcl-2");
  await holds("a second worker of the KCL has one", async () =>
    (await fleet.ownersOf()).includes("kcl-2"),
  );
  await holds("everything is done", fleet.isAllDone);
  const repeats = fleet.repeats();
  await one.stop();
  await holds("what ours gave back is assigned", async () => {
    const owners = await fleet.ownersOf();
    return owners.length === 4 && !owners.includes(one.id);
  });
  clearInterval(putting);
  await holds("everything is done", fleet.isAllDone);
  const wrongs = fleet.wrongs();
  if (fleet.repeats() > repeats) wrongs.push("a graceful stop of ours repeats something");
  for (const wrong of wrongs) console.error(wrong);
  await another.stop();
  await leader.stop();
  await fleet.end();
  await server.close();
  await dynamoDb.close();
  return wrongs.length === 0 ? 0 : 1;
}
