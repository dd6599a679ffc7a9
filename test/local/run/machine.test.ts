import { expect, test } from "vitest";
import {
  buildHandler,
  type MachineEvent,
  startMachine,
  startServices,
  watchHandler,
} from "../../../src/local/run/index.ts";
import type { Template } from "../../../src/local/template/types.ts";
import { after, fn, mapping, project, stream, table, template } from "./templates.ts";

/** Brings a template up, all functions built and all mappings on. */
async function up(model: Template) {
  const events: MachineEvent[] = [];
  const services = await startServices({ region: model.region, accountId: model.accountId });
  after(services.close);
  const machine = await startMachine({
    template: model,
    services,
    onEvent: (event) => events.push(event),
  });
  after(machine.close);
  for (const fn of model.functions) {
    machine.load(fn, await buildHandler(fn.source, `${model.projectRoot}/out/${fn.name}`));
  }
  const mappings = model.mappings.map((one) => machine.map(one));
  const kinesis = services.kinesis!;
  const put = (stream: string, ...values: unknown[]) => {
    for (const value of values) {
      const data = Buffer.from(JSON.stringify(value));
      kinesis.putRecord({ stream, partitionKey: "a", data });
    }
  };
  const lines = () => events.flatMap((event) => (event.type === "log" ? [event.line.line] : []));
  const batches = () => events.flatMap((event) => (event.type === "batch" ? [event] : []));
  const drain = async () => {
    for (const mapped of mappings) await mapped.drain();
  };
  return { machine, services, kinesis, events, put, lines, batches, drain };
}

const aws = (name: string, version = "3.0.0") => `import { ${name} } from "@aws-sdk/${version}";`;

test("a record that is put reaches the function, with the variables of the template", async () => {
  const at = project({
    "orders.ts": `export const handler = async (event: any) => {
      for (const { kinesis } of event.Records)
        console.log(process.env.GREETING, Buffer.from(kinesis.data, "base64").toString());
    };`,
  });
  const { put, drain, lines, batches } = await up(
    template(at.root, {
      streams: [stream("orders", 2)],
      functions: [fn("orders", at.at("orders.ts"), { environment: { GREETING: "hello" } })],
      mappings: [mapping("orders", "orders")],
    }),
  );
  put("orders", { id: 1 }, { id: 2 });
  await drain();
  expect(lines()).toEqual(['hello {"id":1}', 'hello {"id":2}']);
  expect(batches()).toMatchObject([
    { functionName: "orders", stream: "orders", invocation: { batchSize: 2, outcome: "success" } },
  ]);
});
void [aws, watchHandler, table];
