/** What an event source mapping of the template is started with, and what it tells. */

import type { Invoke } from "../../../../src/mapping/invoke.ts";
import type { KinesisEvent } from "../../../../src/record/lambda-event.ts";
import type { MappingOptions, MappingSettings, MappingTiming } from "../lambda/mapping/index.ts";
import { pipeType } from "../template/resources/pipes.ts";
import type { TemplateFunction, TemplateMapping } from "../template/types.ts";
import type { Deliver } from "./destinations.ts";
import type { MachineEvent } from "./events.ts";
import { pipeDocument, throughPipe } from "./pipe.ts";

export interface MapOptions {
  /** Changes the template's settings. */
  readonly settings?: (given: MappingSettings) => MappingSettings;
  /** Stands between the mapping and the function. */
  readonly around?: (invoke: Invoke) => Invoke;
  readonly timing?: Partial<MappingTiming>;
}

export interface MappedFunction {
  readonly mapping: Pick<TemplateMapping, "qualifier" | "settings"> &
    Partial<Pick<TemplateMapping, "arn" | "type">>;
  readonly fn: Pick<TemplateFunction, "arn" | "name" | "roleArn">;
  readonly invoke: Invoke;
  /** Of a pipe with an enrichment: the function that it is. */
  readonly enrich?: Parameters<typeof throughPipe>[1];
  readonly source: { readonly stream: string; readonly consumer?: string };
  readonly deliver: Deliver;
  readonly tell: (event: MachineEvent) => void;
}

export function mappingOptions(
  { mapping, fn, invoke, enrich, source, deliver, tell }: MappedFunction,
  { settings = (given) => given, around = (inner) => inner, timing }: MapOptions,
): Omit<MappingOptions, "kinesis"> {
  const of = { functionName: fn.name, stream: source.stream };
  /** By request id, until the batch is told of. */
  const responses = new Map<string, unknown>();
  const isPipe = mapping.type === pipeType;
  const called = isPipe ? throughPipe(invoke as Parameters<typeof throughPipe>[0], enrich) : invoke;
  const remembering: Invoke = async (event, context) => {
    const { Records } = event;
    tell({
      ...{ type: "delivering", ...of, requestId: context.awsRequestId, at: Date.now() },
      shardId: shardIdOf(event),
      records: Records.length,
      firstSequenceNumber: Records[0]?.kinesis.sequenceNumber,
    });
    const response = await called(event, context);
    responses.set(context.awsRequestId, response);
    return response;
  };
  return {
    ...source,
    functionName: fn.name,
    functionArn: fn.arn,
    ...(mapping.qualifier !== undefined && { qualifier: mapping.qualifier }),
    ...(fn.roleArn !== undefined && { roleArn: fn.roleArn }),
    settings: settings(mapping.settings),
    invoke: around(remembering),
    trace: false,
    ...(timing && { timing }),
    onInvocation(invocation) {
      const response = responses.get(invocation.requestId);
      responses.delete(invocation.requestId);
      tell({ type: "batch", ...of, invocation, response });
    },
    onCheckpoint: (shardId, sequenceNumber) =>
      tell({ type: "checkpoint", ...of, shardId, sequenceNumber, at: Date.now() }),
    onFault(error) {
      const why = error instanceof Error ? error.message : String(error);
      tell({
        type: "note",
        text: `The mapping of ${of.stream} to ${of.functionName} has stopped: ${why}`,
      });
    },
    async onFailure(document, to) {
      const discarded = { type: "discarded", ...of, document, destination: to.arn } as const;
      try {
        if (to.arn === undefined) throw new Error("the mapping has no failure destination");
        await deliver(isPipe ? pipeDocument(document, mapping.arn ?? "") : document, to);
        tell(discarded);
      } catch (error) {
        tell({ ...discarded, error: error as Error });
        throw error;
      }
    },
  };
}

/** An event without records is the end of a window, and says it itself. */
const shardIdOf = (event: KinesisEvent & { readonly shardId?: string }) =>
  event.shardId ?? event.Records[0]?.eventID.split(":")[0] ?? "";
