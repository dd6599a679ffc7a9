/** `shardmill`: one folder a command. */
import { nearest } from "../../../src/values/nearest.ts";
import { runCommand } from "./command-line/run-command.ts";
import { requireLocal } from "./local.ts";
import { endWithReader } from "./terminal/reader-gone.ts";
import { harmless } from "./terminal/terminal.ts";
import { version } from "./version.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** Each is loaded when it is called for. */
const commands: Record<string, () => Promise<Command>> = {
  init: async () => (await import("./init/command.ts")).initCommand,
  inspect: async () => (await import("./inspect/command.ts")).inspectCommand,
  put: async () => (await import("./put/command.ts")).putCommand,
  record: async () => (await import("./record/command.ts")).recordCommand,
  redrive: async () => (await import("./redrive/command.ts")).redriveCommand,
  leases: async () => (await import("./leases/command.ts")).leasesCommand,
  work: async () => (await import("./work/command.ts")).workCommand,
  progress: async () => (await import("./progress/command.ts")).progressCommand,
  sql: async () => (await import("./sql/command.ts")).sqlCommand,
};

/** Those that import `@shardmill/local`. */
const localCommands: Record<string, () => Promise<Command>> = {
  env: async () => (await import("./env/command.ts")).envCommand,
  dev: async () => (await import("./dev/command.ts")).devCommand,
  invoke: async () => (await import("./invoke/command.ts")).invokeCommand,
  kinesis: async () => (await import("./kinesis/command.ts")).kinesisCommand,
  lint: async () => (await import("./lint/command.ts")).lintCommand,
  plan: async () => (await import("./plan/command.ts")).planCommand,
  replay: async () => (await import("./replay/command.ts")).replayCommand,
  video: async () => (await import("./video/command.ts")).videoCommand,
};

const help = `shardmill <command> [options]
shardmill --version

  init              a small project to begin with: a handler, its test, a template, scripts
  dev               everything in the template, running on this machine
  env               the variables with which a client reaches a running dev
  invoke            one invocation of a function, as Lambda would do it
  replay            captured or written records, through a stream or a delivery stream once more
  put               what stands in a file, into a stream
  record            a stream's records, into a file
  inspect           what stands in an event, a record, a sequence number, shown in full
  redrive           what was parked or given up, once more
  work              a handler over a stream's shards, where there is no Lambda
  leases show       who has the shards of an application, and how far they are
  leases release    take leases from a worker that is gone
  kinesis           Kinesis Data Streams on this machine, for any client
  video play        a file of Matroska as a video stream on this machine, for any client
  lint              what in the template loses records, or repeats them
  plan              shards, mapping settings, iterator age and cost for a load
  sql               an application of Kinesis Analytics' SQL: run over a file, checked, imported
  progress show     what the progress logs in a table say, shard by shard
  progress reset    have everything processed again

shardmill <command> --help says more. dev, env, invoke, replay, kinesis, video, lint and plan need the
package @shardmill/local beside this one.
`;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === "help" && args.length > 0) return main([args[0]!, "--help"]);
  if (command === undefined || command === "--help" || command === "-h" || command === "help") {
    process.stdout.write(help);
    return command === undefined ? 2 : 0;
  }
  if (command === "--version" || command === "-v" || command === "version") {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (Object.hasOwn(commands, command)) return (await commands[command]!())(args);
  if (Object.hasOwn(localCommands, command)) {
    return runCommand(command, {}, async () => {
      await requireLocal("this command");
      return (await localCommands[command]!())(args);
    });
  }
  const near = nearest(command, Object.keys({ ...commands, ...localCommands }));
  const hint = near ? ` Did you mean ${near}?` : "";
  process.stderr.write(harmless(`shardmill: there is no command "${command}".${hint}\n\n${help}`));
  return 2;
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
