/** Destinations that are servers: where one is on this machine, it gets what AWS's would; elsewhere it lies in the outbox. */
import type { DeliveryContext } from "../context.ts";
import type { DeliveryRecord } from "../record.ts";
import type { OpensearchPlan, RedshiftPlan, SplunkPlan } from "../settings/plan.ts";
import type { Writer } from "./delivery-buffer.ts";
import type { SendRequest } from "./http.ts";
import { bulkIntoOutbox, bulkTo, opensearchWriter } from "./opensearch.ts";
import { outboxOf, type PutIntoOutbox } from "./outbox.ts";
import { copyIntoOutbox, redshiftCopier } from "./redshift.ts";
import { oldestOf, recordWriter } from "./s3.ts";
import { isLocal, sendRequests } from "./send-request.ts";
import { splunkWriter } from "./splunk.ts";

export function toOpensearch(
  context: DeliveryContext,
  plan: OpensearchPlan,
): Writer<DeliveryRecord> {
  const server = serverOf(context, "opensearch", plan.endpoint);
  return opensearchWriter({
    ...counting(context),
    plan,
    send: server
      ? bulkTo(server.endpoint, server.send)
      : bulkIntoOutbox(
          outbox(context, "OpenSearch", "`opensearch`, the URL of a server on this machine"),
        ),
  });
}

export function toSplunk(context: DeliveryContext, plan: SplunkPlan): Writer<DeliveryRecord> {
  return splunkWriter({
    ...counting(context),
    plan,
    to:
      serverOf(context, "splunk", plan.endpoint) ??
      outbox(context, "Splunk", "`splunk`, the URL of a collector on this machine"),
  });
}

export function toRedshift(context: DeliveryContext, plan: RedshiftPlan): Writer<DeliveryRecord> {
  const { counts, options } = context;
  const load = redshiftCopier({
    ...context,
    plan,
    run:
      options.copy ?? copyIntoOutbox(outbox(context, "Redshift", "`copy`, which runs statements")),
    onLoaded(records) {
      counts.delivered += records;
    },
    onFailed(records) {
      counts.failed += records;
    },
  });
  return recordWriter({
    ...context,
    plan: plan.stage,
    holds: "records",
    bytesOf: ({ data }) => data,
    onDelivered(records, delivered, key) {
      if (delivered) load({ key, records: records.length, oldest: oldestOf(records) });
      else counts.lost += records.length;
    },
  });
}

function counting(context: DeliveryContext) {
  return {
    ...context,
    onFailure: context.fail,
    onDelivered(records: readonly DeliveryRecord[]) {
      context.counts.delivered += records.length;
    },
  };
}

/** Undefined: there is none here. Whoever gives `send` says himself where requests go. */
function serverOf(
  { name, options }: DeliveryContext,
  option: "opensearch" | "splunk",
  ofSettings: string | undefined,
): { readonly endpoint: string; readonly send: SendRequest } | undefined {
  const { send } = options;
  const given = options[option];
  if (given !== undefined && !URL.canParse(given)) {
    throw new TypeError(`Delivery stream ${name}: ${option} must be a URL; it is "${given}".`);
  }
  const endpoint = given ?? (send && ofSettings);
  if (endpoint === undefined) return undefined;
  if (!send && !isLocal(endpoint)) {
    throw new TypeError(
      `Delivery stream ${name}: nothing is sent to ${new URL(endpoint).hostname} from here. Let ${option} be a server on this machine.`,
    );
  }
  return { endpoint, send: send ?? sendRequests() };
}

function outbox(context: DeliveryContext, what: string, instead: string): PutIntoOutbox {
  const { outbox } = context.options;
  if (outbox) return outboxOf({ ...context, outbox });
  throw new TypeError(
    `Delivery stream ${context.name} delivers to ${what}, and there is none: give ${instead}, or \`outbox\`, where that lies which would be sent.`,
  );
}
