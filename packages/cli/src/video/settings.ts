/** The command line of `shardmill video`, read and checked. */
import { takeAction } from "../command-line/action.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

export type VideoSettings = NonNullable<ReturnType<typeof videoSettings>>;

/** Undefined: help is asked for. Throws UsageError. */
export function videoSettings(args: readonly string[]) {
  const { action, rest } = takeAction(args, ["play"]);
  if (!action) return undefined;
  const { values, positionals } = parse(rest);
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError("which file? Give one of Matroska or WebM.");
  if (more.length > 0) throw new UsageError(`one file is played, and ${more[0]} is another.`);
  const { stream, port } = values;
  if (stream === undefined) throw new UsageError("which stream is it to be? Give --stream.");
  if (!/^[\w.-]{1,256}$/.test(stream)) {
    throw new UsageError(
      `--stream takes a name of at most 256 letters, digits, points, dashes and underscores, not ${stream}.`,
    );
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port takes a whole number from 0 to 65535, not ${port}.`);
  }
  if (values.fast && values.loop) {
    throw new UsageError(
      "--fast and --loop exclude each other: what has no end cannot be there at once.",
    );
  }
  const play = values.fast ? "fast" : values.loop ? "loop" : "once";
  return {
    ...{ file, stream, port: Number(port), host: values.host, json: values.json },
    ...{ hosts: values["allow-host"], play: play as "fast" | "loop" | "once" },
  };
}

const parse = (args: readonly string[]) =>
  parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      stream: { type: "string" },
      fast: { type: "boolean", default: false },
      loop: { type: "boolean", default: false },
      port: { type: "string", default: "4580" },
      host: { type: "string", default: "127.0.0.1" },
      "allow-host": { type: "string", multiple: true, default: [] as string[] },
      json: { type: "boolean", default: false },
    },
  });
