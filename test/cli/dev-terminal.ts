/** A command in a terminal of its own, where there is a way to one (`script` of util-linux), or in pipes. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { after } from "../ending.ts";

export interface Terminal {
  /** Resolves to the text up to and including what `pattern` matches, from where the last call ended. */
  until(pattern: RegExp): Promise<string>;
  /** Ctrl-C. Resolves to the exit status. */
  interrupt(): Promise<number | null>;
  /** Everything so far, without colours. */
  readonly text: () => string;
}

/** Starts the command in a folder; it is ended with the test. */
export function openTerminal(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Terminal {
  const child = start(command, cwd, { ...process.env, SHELL: "/bin/sh", ...env });
  let text = "";
  let read = 0;
  let look = () => {};
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += plain(chunk);
      look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const interrupt = () => {
    if (child.exitCode !== null) return ended;
    if (hasTerminal) child.stdin!.write("\x03");
    else child.kill("SIGINT");
    return ended;
  };
  after(interrupt);
  return {
    text: () => text,
    interrupt,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = pattern.exec(text.slice(read));
          if (!match) return;
          const from = read;
          read += match.index + match[0].length;
          look = () => {};
          resolve(text.slice(from, read));
        };
        look();
        const giveUp = (what: string) => reject(new Error(`It ${what} ${pattern}:\n${text}`));
        setTimeout(giveUp, patience, "waits in vain for").unref();
        void ended.then(() => giveUp("ended without"));
      }),
  };
}

/** So that a test that fails shows the terminal. */
const patience = 45_000;

function start(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  const [file, ...args] = hasTerminal
    ? [
        "script",
        "--quiet",
        "--flush",
        "--return",
        "--command",
        // In the shell's place: some shells stay, and have a status of their own for Ctrl-C.
        `exec ${command.map(quote).join(" ")}`,
        "/dev/null",
      ]
    : command;
  return spawn(file!, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
}

const hasTerminal = (() => {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux");
  } catch {
    return false;
  }
})();

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Without colours, and with the line ends of a file. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours begin with one.
  return text.replace(/\x1b\[[\d;]*[A-Za-z]/g, "").replaceAll("\r", "");
}
