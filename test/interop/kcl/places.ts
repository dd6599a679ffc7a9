/** Where the KCL and workers of ours meet: a Kinesis and a DynamoDB on this machine, and the KCL's classes. */
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import type { DynamoDbOptions } from "../../../packages/local/src/dynamodb/types.ts";
import { createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../../packages/local/src/kinesis/server/index.ts";
import { mavenProject } from "../maven.ts";
import type { Places } from "./fleet.ts";

/**
 * Runs what resolves to what does not hold, says that, and resolves to an exit status. Where Java, Maven or its registry is missing it says so in
 * a line, and that is no failure.
 */
export async function beside(
  kcl: 2 | 3,
  run: (places: Places) => Promise<readonly string[]>,
  { onRequest }: Pick<DynamoDbOptions, "onRequest"> = {},
): Promise<number> {
  const { build, whatIsMissing } = mavenProject("kcl", kcl === 3 ? "kcl3" : undefined);
  const missing = await whatIsMissing();
  if (missing !== undefined) {
    console.log(`Skipped the KCL ${kcl} beside workers of ours: ${missing}.`);
    return 0;
  }
  const classpath = await build();
  if (typeof classpath === "number") return classpath;
  const kinesis = createKinesis({ limits: true });
  const server = await createKinesisServer({ kinesis, tls: true });
  // KCL 3 adds an index to a table that is there, which AWS's DynamoDB Local can.
  const engine = kcl === 3 ? "auto" : "dynalite";
  const dynamoDb = await createDynamoDb({ engine, ...(onRequest && { onRequest }) });
  const endpoints = [`http://127.0.0.1:${server.port}`, dynamoDb.endpoint] as const;
  const wrongs = await run({ kinesis, classpath, endpoints });
  for (const wrong of wrongs) console.error(wrong);
  await server.close();
  await dynamoDb.close();
  return wrongs.length === 0 ? 0 : 1;
}

export interface Scenario {
  readonly name: string;
  /** Resolves to what does not hold. */
  run(places: Places): Promise<string[]>;
}

/** Plays those whose names have `only` in them, and says of each whether it holds. */
export async function play(
  scenarios: readonly Scenario[],
  places: Places,
  only = "",
): Promise<string[]> {
  const wrongs: string[] = [];
  for (const { name, run } of scenarios.filter(({ name }) => name.includes(only))) {
    const found = await run(places).catch((error: Error) => [String(error.message)]);
    console.log(`${found.length === 0 ? "holds" : "FAILS"}: ${name}`);
    for (const wrong of found) wrongs.push(`${name}: ${wrong}`);
  }
  return wrongs;
}
