/** `shardmill leases`: who has the shards, how far they are, and how to take one from a worker that is gone. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamodbTable } from "../../../../src/worker/leases/dynamodb-table.ts";
import { isAtEnd, type Lease, leaseIn } from "../../../../src/worker/leases/lease.ts";
import type { LeaseTable } from "../../../../src/worker/leases/table.ts";
import { release } from "../../../../src/worker/leases/writes.ts";
import { clientConfig, explainAwsError, isAwsError } from "../aws/client.ts";
import { type CommandSurroundings, type Output, runCommand } from "../command-line/run-command.ts";
import { oneLine } from "../terminal/terminal.ts";
import { leasesHelp } from "./help.ts";
import { type LeasesSettings, leasesSettings } from "./settings.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await leasesCommand(["show", "--application", "billing"]);
 */
export async function leasesCommand(
  args: readonly string[],
  { env = process.env, ...outputs }: Omit<CommandSurroundings, "signal"> = {},
): Promise<number> {
  return runCommand("leases", outputs, async ({ out }) => {
    const { action, settings } = leasesSettings(args);
    if (settings.help) {
      out.write(leasesHelp);
      return 0;
    }
    const client = new DynamoDBClient({
      maxAttempts: 3,
      ...clientConfig("dynamodb", settings, env),
    });
    try {
      const table = dynamodbTable(settings.table, undefined, client);
      const leases = await leasesOf(table, settings);
      if (action === "show") show(leases, settings, out);
      else await releaseAll(table, leases, settings, out);
      return 0;
    } catch (error) {
      if (!isAwsError(error)) throw error;
      throw await explainAwsError(error, {
        what: `lease table ${settings.table}`,
        name: settings.table,
        client,
      });
    } finally {
      client.destroy();
    }
  });
}

async function leasesOf(
  table: LeaseTable,
  { worker, shard }: LeasesSettings,
): Promise<readonly Lease[]> {
  const leases = (await table.scan()).flatMap((row) => leaseIn(row) ?? []);
  return leases
    .filter(({ key }) => shard === undefined || key === shard)
    .filter(({ owner, checkpointOwner }) => !worker || [owner, checkpointOwner].includes(worker))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function show(leases: readonly Lease[], { json, table }: LeasesSettings, out: Output): void {
  if (leases.length === 0 && !json) out.write(`No such leases in the table ${table}.\n`);
  for (const lease of leases) {
    out.write(json ? `${JSON.stringify(lease)}\n` : `${oneLine(describe(lease))}\n`);
  }
}

function describe(lease: Lease): string {
  const { key, owner, checkpointOwner, checkpoint, counter } = lease;
  const { sequenceNumber, subSequenceNumber } = checkpoint;
  const place = subSequenceNumber > 0 ? `${sequenceNumber}.${subSequenceNumber}` : sequenceNumber;
  const whose = checkpointOwner ? `${checkpointOwner} hands it to ${owner}` : (owner ?? "nobody");
  return isAtEnd(lease)
    ? `${key}  SHARD_END  followed by ${lease.children.join(", ") || "nothing that it names"}`
    : `${key}  ${place}  ${whose}  counter ${counter}`;
}

async function releaseAll(
  table: LeaseTable,
  leases: readonly Lease[],
  { json, table: name }: LeasesSettings,
  out: Output,
): Promise<void> {
  const held = leases.filter((lease) => lease.owner !== undefined && !isAtEnd(lease));
  if (held.length === 0) throw new Error(`nobody has such a lease in the table ${name}.`);
  for (const lease of held) {
    const done = await table.write(release(lease, lease.owner!, undefined));
    if (json) out.write(`${JSON.stringify({ key: lease.key, released: done })}\n`);
    else {
      const what = done
        ? `was ${lease.owner}'s, and is nobody's now`
        : "has changed meanwhile: kept";
      out.write(`${oneLine(`${lease.key}  ${what}`)}\n`);
    }
  }
}
