/** `shardmill kinesis`: Kinesis on this machine, until Ctrl-C. */
import {
  createKinesis,
  createKinesisServer,
  type Kinesis,
  type KinesisServer,
  openKinesis,
} from "@shardmill/local/rig";
import { cannotListen } from "../command-line/cannot-listen.ts";
import { interrupted } from "../command-line/interrupted.ts";
import { type CommandSurroundings, type Output, runCommand } from "../command-line/run-command.ts";
import { kinesisHelp } from "./help.ts";
import { announcement } from "./report.ts";
import { type KinesisSettings, kinesisSettings } from "./settings.ts";

const transitionMs = 10_000;

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status:
 * 0, 1 (it could not run) or 2 (the command line is wrong).
 *
 * @example
 * process.exitCode = await kinesisCommand(process.argv.slice(3));
 */
export async function kinesisCommand(
  args: readonly string[],
  surroundings: CommandSurroundings = {},
): Promise<number> {
  return runCommand("kinesis", surroundings, async ({ out }) => {
    const settings = kinesisSettings(args);
    if (settings.help) out.write(kinesisHelp);
    else await serve(settings, surroundings.signal ?? interrupted(), out);
    return 0;
  });
}

async function serve(settings: KinesisSettings, signal: AbortSignal, out: Output): Promise<void> {
  const { data, streams, limits, transitions, region, accountId, maxBytes } = settings;
  const options = {
    ...{ limits, region, accountId, maxBytes },
    transitionMs: transitions ? transitionMs : 0,
  };
  const durable = data === undefined ? undefined : await openKinesis({ ...options, data });
  const kinesis = durable ?? createKinesis(options);
  try {
    const server = await listen(kinesis, settings);
    try {
      const present = new Set(kinesis.listStreams());
      for (const stream of streams) if (!present.has(stream.name)) kinesis.createStream(stream);
      out.write(announcement(server, kinesis, settings));
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      }
    } finally {
      await server.close();
    }
  } finally {
    await durable?.close();
  }
}

async function listen(kinesis: Kinesis, settings: KinesisSettings): Promise<KinesisServer> {
  const { port, host, hosts, cors, tls, limits, faults } = settings;
  const options = { kinesis, port, host, hosts, cors, tls, limits, faults };
  return createKinesisServer(options).catch((error) => cannotListen(host, port, error));
}
