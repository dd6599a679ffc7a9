/** A process of Java with workers of the KCL in it: told what to do by lines, and heard by lines. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Jvm {
  readonly pid: number;
  say(...words: readonly (string | number)[]): void;
  /** Resolves once it has said a line that begins with these words, with all lines from now on until then. */
  until(...words: readonly string[]): Promise<readonly (readonly string[])[]>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Its input ends, and so does it. */
  end(): Promise<void>;
}

/** For many at once that do little. */
const small = ["-Xmx192m", "-XX:TieredStopAtLevel=1"];

export function startJvm(
  classpath: string,
  endpoints: readonly string[],
  onLine: (words: readonly string[]) => void,
  options: readonly string[] = small,
): Jvm {
  const quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";
  const child = spawn(
    "java",
    [...options, quiet, "-cp", classpath, "interop.Fleet", ...endpoints],
    { stdio: ["pipe", "pipe", process.env.KCL_LOG ? "inherit" : "ignore"] },
  );
  const ended = once(child, "close");
  const waiting = new Set<(words: readonly string[]) => void>();
  let isDead = false;
  createInterface({ input: child.stdout! }).on("line", (line) => {
    // What it said before it was killed has happened; what is still in the pipe has, too.
    const words = line.split(" ");
    onLine(words);
    for (const tell of waiting) tell(words);
  });
  return {
    pid: child.pid!,
    say(...words) {
      if (!isDead) child.stdin!.write(`${words.join(" ")}\n`);
    },
    until(...wanted) {
      return new Promise((resolve) => {
        const lines: (readonly string[])[] = [];
        const tell = (words: readonly string[]) => {
          lines.push(words);
          if (!wanted.every((word, at) => words[at] === word)) return;
          waiting.delete(tell);
          resolve(lines);
        };
        waiting.add(tell);
      });
    },
    async kill() {
      isDead = true;
      child.kill("SIGKILL");
      await ended;
    },
    async end() {
      isDead = true;
      child.stdin!.end();
      await ended;
    },
  };
}
