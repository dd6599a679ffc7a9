/** From the project's folder to a machine that runs it: what `dev`, `invoke` and `replay` share. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  DirectoryInUse,
  type FaultsByHand,
  type LocalService,
  lockDirectory,
  type Machine,
  type MachineEvent,
  type MachineOptions,
  type PythonOptions,
  type ReadTemplate,
  type ReadTemplateOptions,
  type Services,
  type ServicesOptions,
  startMachine,
  startServices,
  type Template,
  type TemplateFunction,
  watchCalls,
} from "@shardmill/local/rig";
import type { CommandSurroundings } from "../command-line/run-command.ts";
import { passage } from "./aws-passage.ts";
import { bundleFolders } from "./bundle-folder.ts";

export interface Surroundings extends CommandSurroundings {
  readonly cwd?: string;
  /** @default the reader of this package */
  readonly readTemplate?: ReadTemplate;
}

export interface ProjectMachine {
  readonly template: Template;
  readonly services: Services;
  readonly machine: Machine;
  /** The folder whose folders are the buckets. */
  readonly bucketFolder: string;
  /** What delivery streams would send to a server, where there is none: a folder for each. Empty at the start. */
  readonly outboxFolder: string;
  /** Where a function's bundles go; gone when it is closed. */
  readonly outdirOf: (fn: TemplateFunction) => string;
  /** How functions in Python get theirs. */
  readonly python: PythonOptions;
  /** Ends everything. A second call waits for the first. */
  close(): Promise<void>;
}

/** The folders where buckets are kept, with the command that writes there and the option for another. */
const keepers = {
  buckets: { command: "dev", option: "--data DIR" },
  replay: { command: "replay", option: "--out DIR" },
} as const;

type KeptBuckets = keyof typeof keepers;

export interface BringUpOptions {
  readonly readTemplate: ReadTemplate;
  readonly reading: ReadTemplateOptions & { readonly cwd: string };
  /** How the services run. */
  readonly services?: Omit<ServicesOptions, "region" | "accountId">;
  /** The folder in the project's `.shardmill` where buckets can be looked at afterwards. @default none: they go */
  readonly keptBuckets?: KeptBuckets;
  /** The folder of the buckets, absolute. What is in it stays. @default one that is emptied */
  readonly bucketFolder?: string | undefined;
  /** The URL of an OpenSearch on this machine. */
  readonly opensearch?: string | undefined;
  /** Names of services that are let through to AWS. */
  readonly aws: readonly string[];
  /** Where all services have one address. @default none */
  readonly oneAddress?: MachineOptions["oneAddress"];
  /** Functions that a debugger may stop. @default none */
  readonly debug?: MachineOptions["debug"];
  /** The interpreter for functions in Python. */
  readonly python?: string | undefined;
  readonly onEvent: (event: MachineEvent) => void;
  /** Tells of every put, and what became of every record. @default false */
  readonly watch?: boolean;
  /** Hears of every request to the tables. @default nobody */
  readonly onTableRequest?: ServicesOptions["onTableRequest"];
  /** What goes wrong when somebody asks for it. @default nothing */
  readonly faults?: FaultsByHand | undefined;
}

/**
 * Reads the template and starts its services and resources. No function has code yet. Rejects when
 * the signal in `reading` is aborted before.
 */
export async function bringUp({
  readTemplate,
  reading,
  services: settings = {},
  keptBuckets,
  bucketFolder: givenFolder,
  opensearch,
  aws,
  python: command,
  oneAddress,
  debug,
  onEvent,
  watch = false,
  onTableRequest,
  faults,
}: BringUpOptions): Promise<ProjectMachine> {
  const template = await readTemplate(reading);
  reading.signal?.throwIfAborted();
  const { region, accountId } = template;
  const letThrough = aws.length > 0 ? await passage(aws, region) : undefined;
  const bundles = await bundleFolders(template);
  const { projectRoot } = template;
  const folder = join(projectRoot, ".shardmill", "python");
  const python = { folder, command, ...(reading.log && { log: reading.log }) };
  const own = keptBuckets
    ? join(template.projectRoot, ".shardmill", keptBuckets)
    : join(bundles.root, "buckets");
  const bucketFolder = givenFolder ?? (settings.data ? join(settings.data, "buckets") : own);
  // Beside buckets of the user's own, under what is no bucket's name.
  const outboxFolder =
    (givenFolder ?? settings.data) !== undefined
      ? join(bucketFolder, ".outbox")
      : keptBuckets
        ? join(template.projectRoot, ".shardmill", "outbox", keepers[keptBuckets].command)
        : join(bundles.root, "outbox");
  const ends: (() => Promise<void>)[] = [bundles.remove];
  const close = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    // Like tables and queues they are empty at the start, unless their directory is the user's own.
    if (settings.data === undefined && givenFolder === undefined) {
      if (keptBuckets) ends.push(await lockBuckets(template.projectRoot, keptBuckets));
      await rm(bucketFolder, { recursive: true, force: true });
    }
    await rm(outboxFolder, { recursive: true, force: true });
    const calls = watch ? watchCalls() : undefined;
    const services = await startServices({
      bucketFolder,
      onNote: (text) => onEvent({ type: "note", text }),
      ...settings,
      watchStreams: watch,
      see: calls?.see,
      ...(onTableRequest && { onTableRequest }),
      ...(faults && { intercept: faults.intercept }),
      ...{ region, accountId },
      without: aws as LocalService[],
    });
    ends.push(services.close);
    const machine = await startMachine({
      ...{ template, services, oneAddress, debug, onEvent, watch, faults, calls },
      deliveryServers: { opensearch, outboxFolder },
      ...(letThrough && { letThrough }),
    });
    ends.push(machine.close);
    reading.signal?.throwIfAborted();
    let closing: Promise<void> | undefined;
    return {
      ...{ template, services, machine, bucketFolder, outboxFolder, outdirOf: bundles.of, python },
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

/**
 * Takes the folder where buckets are kept, and returns how to give it back. The lock is in a folder
 * of its own: that of the buckets is removed, and every name in it is a bucket's.
 */
async function lockBuckets(projectRoot: string, kept: KeptBuckets): Promise<() => Promise<void>> {
  const folder = join(projectRoot, ".shardmill", "locks", kept);
  await mkdir(folder, { recursive: true });
  try {
    return await lockDirectory(folder);
  } catch (cause) {
    if (!(cause instanceof DirectoryInUse)) throw cause;
    const { command, option } = keepers[kept];
    const { owner, file } = cause;
    throw new Error(
      `another shardmill ${command} runs in this project, as process ${owner}, and its buckets are in .shardmill/${kept}. End it, or give ${option}. (If ${owner} is something else, delete ${file}.)`,
      { cause },
    );
  }
}
