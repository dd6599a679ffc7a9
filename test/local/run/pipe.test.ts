/** A pipe of EventBridge from a stream to a function: a bare array in, item failures by eventID out. */
import { expect, test } from "vitest";
import { callService, sqsProtocol } from "../../../packages/local/src/run/call-service.ts";
import {
  buildHandler,
  type MachineEvent,
  startMachine,
  startServices,
} from "../../../packages/local/src/run/index.ts";
import { pipeEvent } from "../../../packages/local/src/run/pipe.ts";
import { replay } from "../../../packages/local/src/run/replay.ts";
import type { TemplateMapping } from "../../../packages/local/src/template/types.ts";
import { kinesisEvent } from "../../../src/testing.ts";
import { after } from "../../ending.ts";
import { fn, mapping, project, queue, stream, template } from "./templates.ts";

const pipeArn = "arn:aws:pipes:us-east-1:123456789012:pipe/orders";

/** Replays the numbers from 0 to 19 through a function behind a pipe, which gets them as `numbers`. */
async function run(body: string, settings: TemplateMapping["settings"] = {}, enrichment?: string) {
  const at = project({
    "enrich.ts": `let tries = 0;
    export const handler = async (records: any) => { ${enrichment} };`,
    "orders.ts": `const seen = new Set<number>();
    export const handler = async (records: any) => {
      const numbers = records.map(({ data }: any) => Number(Buffer.from(data, "base64")));
      ${body}
    };`,
  });
  const responses = { functionResponseTypes: ["ReportBatchItemFailures"] } as const;
  const enrich = fn("enrich", at.at("enrich.ts"), { timeout: 5 });
  const pipe = {
    ...mapping("orders", "orders", { batchSize: 5, ...responses, ...settings }),
    ...{ type: "AWS::Pipes::Pipe", arn: pipeArn },
    ...(enrichment !== undefined && { enrichmentLogicalId: enrich.logicalId }),
  };
  const model = template(at.root, {
    streams: [stream("orders", 1)],
    queues: [queue("failed")],
    functions: [fn("orders", at.at("orders.ts"), { timeout: 5 }), enrich],
    mappings: [pipe],
  });
  const said: string[] = [];
  const services = await startServices({ ...model, limits: false });
  after(services.close);
  const machine = await startMachine({
    ...{ template: model, services },
    onEvent(event: MachineEvent) {
      if (event.type === "batch") replayed.onBatch(event);
      if (event.type === "log") said.push(event.line.line);
    },
  });
  after(machine.close);
  for (const one of model.functions) {
    machine.load(one, await buildHandler(one.source, at.at(`out/${one.name}`)));
  }
  const replayed = replay({
    ...{ machine, kinesis: services.kinesis!, mapping: pipe },
    records: Array.from({ length: 20 }, (_, n) => ({
      data: Buffer.from(String(n)),
      partitionKey: `k${n}`,
    })),
  });
  const result = await replayed.run();
  return { result, said, endpoint: services.endpoints.sqs! };
}

test("a record that is named by its eventID is tried again, with what stands behind it alone", async () => {
  const { result } = await run(`
    const at = numbers.indexOf(7);
    if (at >= 0 && !seen.has(7)) {
      seen.add(7);
      return { batchItemFailures: [{ itemIdentifier: records[at].eventID }] };
    }`);
  expect(result).toMatchObject({ delivered: 20, lost: 0, left: 0 });
  // 7, 8 and 9, of the batch from 5 to 9.
  expect(result.retried).toBe(3);
});

test("a name that is no eventID fails the whole batch", async () => {
  const { result } = await run(`
    if (numbers.includes(7) && !seen.has(7)) {
      seen.add(7);
      return { batchItemFailures: [{ itemIdentifier: records[numbers.indexOf(7)].sequenceNumber }] };
    }`);
  expect(result).toMatchObject({ delivered: 20, lost: 0, retried: 5 });
});

test("what an enrichment answers is what the function gets, and nothing is no invocation", async () => {
  const { result, said } = await run(
    `console.log("got", numbers.join(" "));
    const at = numbers.indexOf(70);
    if (at >= 0 && !seen.has(70)) {
      seen.add(70);
      return { batchItemFailures: [{ itemIdentifier: records[at].eventID }] };
    }`,
    {},
    `const numbers = records.map(({ data }: any) => Number(Buffer.from(data, "base64")));
    if (numbers.includes(12) && tries++ === 0) throw new Error("no answer");
    return numbers.includes(0) ? [] : records.map((record: any, at: number) => ({
      ...record,
      data: Buffer.from(String(numbers[at] * 10)).toString("base64"),
    }));`,
  );
  expect(said).toEqual([
    "got 50 60 70 80 90",
    "got 70 80 90",
    "got 100 110 120 130 140",
    "got 150 160 170 180 190",
  ]);
  expect(result).toMatchObject({ delivered: 20, lost: 0, left: 0, retried: 3 + 5 });
});

test("what is given up is described as a pipe does", async () => {
  const { result, endpoint } = await run(`if (numbers.includes(7)) throw new Error("poison");`, {
    ...{ bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 },
    destinationConfig: { onFailure: { destination: "arn:aws:sqs:us-east-1:123456789012:failed" } },
  });
  expect(result.delivered + result.described).toBe(20);
  const received = await callService(endpoint, sqsProtocol, "ReceiveMessage", {
    QueueUrl: `${endpoint}/123456789012/failed`,
  });
  const [{ Body }] = (received as any).Messages;
  expect(JSON.parse(Body)).toEqual({
    context: { partnerResourceArn: pipeArn, condition: "RetryAttemptsExhausted" },
    ...{ version: "1.0", timestamp: expect.any(String) },
    KinesisBatchInfo: expect.objectContaining({ shardId: "shardId-000000000000" }),
  });
});

test("the event has what is Kinesis' beside the rest of each record", () => {
  const [record] = kinesisEvent([{ id: 1 }]).Records;
  const { kinesis, ...rest } = record!;
  expect(pipeEvent({ Records: [record!] } as never)).toEqual([{ ...kinesis, ...rest }]);
});
