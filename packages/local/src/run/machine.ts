/** A template, running on one machine: its streams and tables, its functions, and the mappings between. */
import { type DeliveryStream, serveFirehose } from "../../../services/src/firehose/index.ts";
import type { CallElsewhere } from "../lambda/hosts/index.ts";
import { type Mapping, mappingRegistry } from "../lambda/mapping/index.ts";
import type { HandlerReader } from "../reader/handler-reader.ts";
import type {
  Template,
  TemplateFunction,
  TemplateMapping,
  TemplateSchedule,
} from "../template/types.ts";
import type { BuiltCode } from "./built-code.ts";
import { closedServices } from "./closed-services.ts";
import { closing } from "./closing.ts";
import { type DebugOptions, debugging } from "./debug.ts";
import {
  closeDeliveryStreams,
  createDeliveryStreams,
  type DeliveryServers,
  type DeliveryStreams,
} from "./delivery-streams.ts";
import { type Deliver, destinationsOf } from "./destinations.ts";
import { directCalls, requestLogs } from "./direct-calls.ts";
import type { MachineEvent } from "./events.ts";
import type { FaultsByHand } from "./faults-by-hand.ts";
import { hostFunction, readerOf } from "./functions.ts";
import { serveLambda } from "./lambda-api.ts";
import { type MapOptions, mappingOptions } from "./mapping-options.ts";
import { oldSdkNote } from "./old-sdk.ts";
import { serveOneAddress } from "./one-address.ts";
import { PortError, systemCode } from "./port-error.ts";
import { type ReloadableFunction, reloadableFunction } from "./reloadable-function.ts";
import { createResources } from "./resources.ts";
import { startSchedule } from "./schedules.ts";
import type { Place, Services } from "./services.ts";
import { sourceOf } from "./streams.ts";
import { type Endpoints, type LetThrough, serviceVariables } from "./variables.ts";
import type { CallsWatch } from "./watch-calls.ts";

export interface MachineOptions {
  readonly template: Template;
  /** What it runs on. The machine does not close it. */
  readonly services: Services;
  readonly letThrough?: LetThrough;
  /** Where delivery streams send what does not go to S3. @default nowhere: those do not run */
  readonly deliveryServers?: DeliveryServers;
  /** Where all services have one address besides their own. @default none */
  readonly oneAddress?: OneAddress | undefined;
  /** Functions that a debugger may stop. @default none */
  readonly debug?: DebugOptions | undefined;
  readonly onEvent: (event: MachineEvent) => void;
  /** Tells of every put, and what became of every record: more than a line a batch. @default false */
  readonly watch?: boolean;
  /** What goes wrong when somebody asks for it. @default nothing */
  readonly faults?: FaultsByHand | undefined;
  /** Sees what functions ask of other services, those of `services` among them. @default nobody does */
  readonly calls?: CallsWatch | undefined;
}

/** Where the one address is. */
export interface OneAddress extends Place {
  /** Takes any port where that one is in use, and says so. */
  readonly orAny: boolean;
}

export interface Machine {
  readonly template: Template;
  readonly endpoints: Endpoints;
  /** The one of all services. Absent: none was wanted. */
  readonly address?: string;
  /** By logical id. An invocation waits until its function has code. */
  readonly functions: ReadonlyMap<string, ReloadableFunction>;
  /** Reads with the code that the function of this name has now. Undefined: it has none yet, or is no module for Node.js. */
  reader(functionName: string): HandlerReader | undefined;
  /** The delivery stream of this name. Throws where it cannot run here, and says why. */
  deliveryStream(name: string): DeliveryStream;
  /** Gives a function its code, for the first time or anew. Throws for settings that Lambda would refuse. */
  load(fn: TemplateFunction, code: BuiltCode): void;
  /** Starts a mapping, with the template's settings. Throws for those that Lambda would refuse. */
  map(mapping: TemplateMapping, how?: MapOptions): Mapping;
  /** Deletes a mapping; resolves when its invocations in flight have ended. */
  unmap(mapped: Mapping): Promise<void>;
  /** Invokes a function at the schedule's rate from now on, until the machine is closed. */
  schedule(schedule: TemplateSchedule): void;
  /** Ends functions and mappings: at once, whatever they are doing. */
  close(): Promise<void>;
}

/** Creates the template's resources. Functions have no code yet, and nothing is delivered. */
export async function startMachine({
  template,
  services,
  letThrough,
  deliveryServers,
  oneAddress,
  debug: debugOptions,
  onEvent,
  watch = false,
  faults,
  calls,
}: MachineOptions): Promise<Machine> {
  const { kinesis, endpoints } = services;
  const debug = debugOptions && debugging(template, debugOptions);
  const ends = closing();
  let isClosing = false;
  const tell = (event: MachineEvent) => {
    if (!isClosing) onEvent(event);
  };
  const close = () => {
    isClosing = true;
    return ends.all();
  };
  if (watch) ends.add(services.watch(tell));
  faults?.hear(tell);
  calls?.hear(tell);
  const note = (text: string) => tell({ type: "note", text });
  const functions = new Map(
    template.functions.map((fn) => [fn.logicalId, reloadableFunction(fn.name)]),
  );
  let firehose: DeliveryStreams | undefined;
  let address: string | undefined;
  const logs = requestLogs();
  const direct = directCalls({ functions, logs, tell });
  const readers = new Map<string, HandlerReader | undefined>();
  ends.add(async () => {
    for (const reader of readers.values()) reader?.close();
  });
  const mappings = mappingRegistry();
  const closed = await closedServices((call) => tell({ type: "refused", call }));
  ends.add(closed.close);
  ends.add(async () => {
    const unmapped = mappings.list().map(({ UUID }) => mappings.delete(UUID));
    // Mappings wait for their invocations, and these end with their functions.
    await Promise.all([...functions.values()].map((fn) => fn.close()));
    await Promise.all(unmapped);
  });
  try {
    await createResources(services, template, note);
    await startFirehose();
    await startLambda();
    if (oneAddress) address = await startOneAddress(oneAddress);
  } catch (error) {
    await ends.all();
    throw error;
  }
  const variables = serviceVariables(endpoints, closed.endpoint, template.region, letThrough);
  const toDestination = destinationsOf(endpoints);
  const deliver: Deliver = async (document, destination) => {
    // What Ctrl-C interrupts has not failed for good.
    if (isClosing) throw new Error("The machine is being closed.");
    await toDestination(document, destination);
  };

  async function startFirehose(): Promise<void> {
    const { s3 } = endpoints;
    if (!s3 || endpoints.firehose) return;
    // What is delivered at the end is told, too.
    const options = { template, kinesis, s3, functions, tell: onEvent, servers: deliveryServers };
    firehose = createDeliveryStreams(options);
    const { running: deliveryStreams } = firehose;
    ends.add(() => closeDeliveryStreams(deliveryStreams));
    const { accountId } = template;
    await services.serve("firehose", (at) =>
      serveFirehose({ ...at, deliveryStreams, accountId, see: calls?.see }),
    );
  }

  async function startOneAddress({ host, port, orAny }: OneAddress): Promise<string> {
    const options = { host, endpoints, closed: closed.endpoint, region: template.region };
    const served = await serveOneAddress({ ...options, port }).catch((error) => {
      if (!systemCode(error)?.startsWith("EA")) throw error;
      if (!orAny) throw new PortError("all", host, port, error);
      note(`Port ${port} is in use: the one address of all services is on another.`);
      return serveOneAddress({ ...options, port: 0 });
    });
    ends.add(served.close);
    return served.endpoint;
  }

  async function startLambda(): Promise<void> {
    await services.serve("lambda", (at) => serveLambda({ ...at, ...direct, template }));
  }

  function deliveryStream(name: string): DeliveryStream {
    if (firehose) return firehose.named(name);
    throw new Error(`The delivery stream ${name} does not run here: Firehose or S3 is elsewhere.`);
  }

  function load(fn: TemplateFunction, code: BuiltCode): void {
    const oldSdk = oldSdkNote(fn.name, code);
    if (oldSdk !== undefined) note(oldSdk);
    const host = hostFunction(fn, code, {
      ...{ template, variables, debug },
      onLog(line) {
        logs.add(line);
        tell({ type: "log", functionName: fn.name, line });
      },
      ...(watch && {
        onSettled(requestId, records) {
          tell({
            ...{ type: "fates", functionName: fn.name, requestId, at: Date.now() },
            ...records,
          });
          faults?.settled(requestId, records);
        },
      }),
      ...(calls && {
        onInvocation: (requestId: string, trace: string) => calls.begin(fn.name, requestId, trace),
        onCalls: (requestId: string, of: readonly CallElsewhere[]) =>
          calls.elsewhere(fn.name, requestId, of),
      }),
      ...(faults && { failing: (requestId: string) => faults.failing(fn.name, requestId) }),
    });
    functions.get(fn.logicalId)!.replace(host);
    readers.get(fn.name)?.close();
    readers.set(fn.name, readerOf(fn, code, { template, variables }));
  }

  function map(mapping: TemplateMapping, how: MapOptions = {}): Mapping {
    const fn = template.functions.find(({ logicalId }) => logicalId === mapping.functionLogicalId);
    const running = functions.get(mapping.functionLogicalId);
    if (!fn || !running) {
      throw new Error(`Mapping ${mapping.logicalId}: there is no ${mapping.functionLogicalId}.`);
    }
    if (!kinesis) throw new Error("A mapping reads from a Kinesis of this process.");
    const source = sourceOf(kinesis, template, mapping);
    const enrich = functions.get(mapping.enrichmentLogicalId ?? "")?.invoke;
    const options = { mapping, fn, invoke: running.invoke, enrich, source, deliver, tell };
    const killable = { ...running, functionName: fn.name };
    const around = faults ? { around: faults.around(killable) } : {};
    return mappings.create({ kinesis, ...mappingOptions(options, { ...around, ...how }) });
  }

  const unmap = ({ uuid }: Mapping) => mappings.delete(uuid);

  function schedule(of: TemplateSchedule): void {
    const fn = template.functions.find(({ logicalId }) => logicalId === of.functionLogicalId)!;
    ends.add(startSchedule(of, fn, direct, template));
  }

  const reader = (functionName: string) => readers.get(functionName);
  const running = {
    template,
    endpoints,
    functions,
    reader,
    deliveryStream,
    load,
    map,
    unmap,
    schedule,
    close,
  };
  return { ...running, ...(address !== undefined && { address }) };
}
