/** `--aws`: services that are let through to AWS, and whose credentials they get. */
import { awsServices, type LetThrough } from "@shardmill/local/rig";
import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "../command-line/usage-error.ts";

/** What `--aws` names. Throws UsageError. */
export function awsNames(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => text.split(",")).filter((name) => name !== "");
  for (const name of names) {
    if (name === "kinesis") {
      throw new UsageError("--aws kinesis: the streams that the functions read run here.");
    }
    if (awsServices[name]) continue;
    const near = nearest(name, Object.keys(awsServices));
    const hint = near
      ? `Did you mean ${near}?`
      : `It takes ${Object.keys(awsServices).join(", ")}.`;
    throw new UsageError(`--aws: there is no service "${name}". ${hint}`);
  }
  return [...new Set(names)];
}

/** The credentials that any client of AWS would use here, for the services that are let through. */
export async function passage(services: readonly string[], region: string): Promise<LetThrough> {
  const { KinesisClient } = await import("@aws-sdk/client-kinesis");
  const client = new KinesisClient({ region });
  try {
    return { services, credentials: await client.config.credentials() };
  } catch (cause) {
    throw new Error(
      `--aws ${services.join(",")} needs credentials, and there are none: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}
