/** One DynamoDB Local for a whole run of the tests: whoever asks at this URL first has it started, and all are told its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import {
  findOfficial,
  type RunningOfficial,
  startOfficial,
} from "../../packages/local/src/dynamodb/official.ts";

declare module "vitest" {
  interface ProvidedContext {
    dynamoDbLocal: string | undefined;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  let running: Promise<RunningOfficial> | undefined;
  async function start(): Promise<RunningOfficial> {
    const official = await findOfficial();
    if ("missing" in official) throw new Error(official.missing);
    return startOfficial(official);
  }
  const server = createServer((_, response) => {
    running ??= start();
    running.then(
      ({ port }) => response.end(`${port}`),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  provide("dynamoDbLocal", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
    await running?.then(
      ({ close }) => close(),
      () => {},
    );
  };
}
