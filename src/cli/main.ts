/** `shardmill`: one file a command. */
import { readFile } from "node:fs/promises";
import { nearest } from "./nearest.ts";
import { endWithReader } from "./reader-gone.ts";
import { harmless } from "./terminal.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** Each is loaded when it is called for. */
const commands: Record<string, () => Promise<Command>> = {
  dev: async () => (await import("./dev.ts")).devCommand,
  inspect: async () => (await import("./inspect.ts")).inspectCommand,
  invoke: async () => (await import("./invoke.ts")).invokeCommand,
  kinesis: async () => (await import("./kinesis.ts")).kinesisCommand,
  replay: async () => (await import("./replay.ts")).replayCommand,
  lint: async () => (await import("./lint.ts")).lintCommand,
  plan: async () => (await import("./plan.ts")).planCommand,
  put: async () => (await import("./put.ts")).putCommand,
  record: async () => (await import("./record.ts")).recordCommand,
  redrive: async () => (await import("./redrive.ts")).redriveCommand,
  progress: async () => (await import("./progress.ts")).progressCommand,
};

const help = `shardmill <command> [options]
shardmill --version

  dev               everything in the template, running on this machine
  invoke            one invocation of a function, as Lambda would do it
  replay            captured or written records, through a stream or a delivery stream once more
  put               what stands in a file, into a stream
  record            a stream's records, into a file
  inspect           what stands in an event, a record, a sequence number, shown in full
  redrive           what was parked or given up, once more
  kinesis           Kinesis Data Streams on this machine, for any client
  lint              what in the template loses records, or repeats them
  plan              shards, mapping settings, iterator age and cost for a load
  progress show     what the progress logs in a table say, shard by shard
  progress reset    have everything processed again

shardmill <command> --help says more.
`;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === "help" && args.length > 0) return main([args[0]!, "--help"]);
  if (command === undefined || command === "--help" || command === "-h" || command === "help") {
    process.stdout.write(help);
    return command === undefined ? 2 : 0;
  }
  if (command === "--version" || command === "-v" || command === "version") {
    process.stdout.write(`${await version()}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, command) && commands[command];
  if (load) return (await load())(args);
  const near = nearest(command, Object.keys(commands));
  const hint = near ? ` Did you mean ${near}?` : "";
  process.stderr.write(harmless(`shardmill: there is no command "${command}".${hint}\n\n${help}`));
  return 2;
}

/** In the package beside the folder of this module, in the repository two above it. */
async function version(): Promise<string> {
  for (const path of ["../package.json", "../../package.json"]) {
    const text = await readFile(new URL(path, import.meta.url), "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text).version;
  }
  return "unknown";
}

endWithReader(process.stdout);
endWithReader(process.stderr);
process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  // What no command has expected: where it came from is what one wants to know.
  process.stderr.write(harmless(`shardmill: ${error?.stack ?? error}\n`));
  return 1;
});
// Nobody waits any more for input that does not come.
process.stdin.unref?.();
