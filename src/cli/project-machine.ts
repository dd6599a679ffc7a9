/** From the project's folder to a machine that runs it: what `dev`, `invoke` and `replay` share. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import {
  awsServices,
  type Endpoints,
  type LetThrough,
  type LocalService,
  localServices,
  type Machine,
  type MachineEvent,
  PortError,
  type Services,
  type ServicesOptions,
  startMachine,
  startServices,
} from "../local/run/index.ts";
import type { ReadTemplate, ReadTemplateOptions, Template } from "../local/template/types.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

export interface Surroundings {
  readonly out?: Output;
  readonly err?: Output;
  /** Ends the command. @default Ctrl-C or SIGTERM */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** @default the reader of this package */
  readonly readTemplate?: ReadTemplate;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface ProjectMachine {
  readonly template: Template;
  readonly services: Services;
  readonly machine: Machine;
  /** A folder for bundles in the project, so that its `node_modules` are found; gone when it is closed. */
  readonly outdir: string;
  /** Ends everything. A second call waits for the first. */
  close(): Promise<void>;
}

export interface BringUpOptions {
  readonly readTemplate: ReadTemplate;
  readonly reading: ReadTemplateOptions & { readonly cwd: string };
  /** How the services run. */
  readonly services?: Omit<ServicesOptions, "region" | "accountId">;
  /** Names of services that are let through to AWS. */
  readonly aws: readonly string[];
  readonly onEvent: (event: MachineEvent) => void;
}

/** Reads the template and starts its services and resources. No function has code yet. */
export async function bringUp({
  readTemplate,
  reading,
  services: settings = {},
  aws,
  onEvent,
}: BringUpOptions): Promise<ProjectMachine> {
  // Queues are known by their URLs, which stand in the functions' variables.
  const sqsPort = settings.ports?.sqs || (await freePort());
  const sqsEndpoint = settings.elsewhere?.sqs ?? `http://127.0.0.1:${sqsPort}`;
  const template = await readTemplate({ ...reading, sqsEndpoint });
  const { region, accountId } = template;
  const letThrough = aws.length > 0 ? await passage(aws, region) : undefined;
  const outdir = await bundleFolder(template.projectRoot);
  const ends: (() => Promise<void>)[] = [() => rm(outdir, { recursive: true, force: true })];
  const close = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    const services = await startServices({
      bucketFolder: join(settings.data ?? outdir, "buckets"),
      onNote: (text) => onEvent({ type: "note", text }),
      ...settings,
      ...{ region, accountId },
      ports: { ...settings.ports, sqs: sqsPort },
      without: aws as LocalService[],
    });
    ends.push(services.close);
    const machine = await startMachine({
      ...{ template, services, onEvent },
      ...(letThrough && { letThrough }),
    });
    ends.push(machine.close);
    let closing: Promise<void> | undefined;
    return {
      ...{ template, services, machine, outdir },
      close() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

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
async function passage(services: readonly string[], region: string): Promise<LetThrough> {
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

/** Somebody else may take it before it is used; then that service says so. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One for this process; those of processes that were killed are cleared away. */
async function bundleFolder(projectRoot: string): Promise<string> {
  const parent = join(projectRoot, ".shardmill");
  const runs = join(parent, "run");
  await mkdir(runs, { recursive: true });
  await writeFile(join(parent, ".gitignore"), "*\n");
  for (const left of await readdir(runs)) {
    if (!isRunning(Number(left.split("-")[0]))) {
      await rm(join(runs, left), { recursive: true, force: true });
    }
  }
  return mkdtemp(join(runs, `${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Services that already run on this machine, as the environment says: after the lines that
 * `shardmill dev` prints were pasted. Addresses elsewhere are not taken: nothing goes to the cloud.
 */
export async function runningServices(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Endpoints> {
  const found: Partial<Record<LocalService, string>> = {};
  for (const service of localServices) {
    const name = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
    const url = env[name];
    if (!url || !/^https?:\/\/(127\.|localhost[:/]|\[::1\])/.test(`${url}/`)) continue;
    await fetch(url, { method: "OPTIONS" }).catch((cause) => {
      throw new Error(
        `${name} says ${url}, and nothing answers there. Start shardmill dev, or unset the variable.`,
        { cause },
      );
    });
    found[service] = url.replace(/\/$/, "");
  }
  return found;
}

/** What went wrong, as a line to read: errors of this program say it all in their message. */
export function complaint(error: unknown): string {
  if (error instanceof PortError && error.code === "EADDRINUSE") {
    return `${error.message} Stop what listens there, or choose another: --port ${error.service}=NUMBER.`;
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a command: its errors go to `err`, and its exit status is 0, what it resolves to, 1 for an
 * error, or 2 for a command line that is wrong.
 */
export async function statusOf(
  name: string,
  err: Output,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    err.write(`shardmill ${name}: ${complaint(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    err.write(`See shardmill ${name} --help.\n`);
    return 2;
  }
}
