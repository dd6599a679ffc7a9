/** The KCL's MultiLang daemon at work on a stream: Java, and a process of Node for each shard. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface MultiLang {
  readonly heard: { readonly records: number };
  /** Java's, and those of its children. */
  pids(): readonly number[];
  end(): Promise<void>;
}

const childProgram = fileURLToPath(new URL("multilang-child.ts", import.meta.url));

export function startMultiLang(
  classpath: string,
  { kinesis, dynamoDb, stream }: { kinesis: string; dynamoDb: string; stream: string },
): MultiLang {
  const folder = mkdtempSync(join(tmpdir(), "multilang-"));
  const [properties, counts] = [join(folder, "daemon.properties"), join(folder, "counts")];
  writeFileSync(counts, "");
  writeFileSync(
    properties,
    Object.entries({
      executableName: `${process.execPath} --no-warnings ${childProgram}`,
      ...{ streamName: stream, applicationName: `multilang-${stream}`, regionName: "us-east-1" },
      ...{ kinesisEndpoint: kinesis, dynamoDBEndpoint: dynamoDb, metricsLevel: "NONE" },
      ...{ initialPositionInStream: "TRIM_HORIZON", retrievalMode: "POLLING" },
      ...{ AwsCredentialsProvider: "DefaultCredentialsProvider", processingLanguage: "nodejs" },
    })
      .map((pair) => pair.join(" = "))
      .join("\n"),
  );
  const main = "software.amazon.kinesis.multilang.MultiLangDaemon";
  const daemon = spawn("java", ["-cp", classpath, main, "--properties-file", properties], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any", COUNTS: counts },
    stdio: "ignore",
  });
  const children = () =>
    readdirSync("/proc").flatMap((pid) =>
      /^\d+$/.test(pid) && parentOf(pid) === daemon.pid ? [Number(pid)] : [],
    );
  return {
    heard: {
      get records() {
        const { exitCode, signalCode } = daemon;
        if (exitCode !== null || signalCode !== null) {
          throw new Error(`The MultiLang daemon has ended with ${exitCode ?? signalCode}.`);
        }
        const lines = readFileSync(counts, "utf8").split("\n");
        return lines.reduce((sum, line) => sum + Number(line.split(" ")[1] ?? 0), 0);
      },
    },
    pids: () => [daemon.pid!, ...children()],
    async end() {
      for (const pid of children()) process.kill(pid);
      daemon.kill("SIGKILL");
      await once(daemon, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

/** Of a process that may have ended since. */
function parentOf(pid: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1]);
  } catch {
    return undefined;
  }
}
