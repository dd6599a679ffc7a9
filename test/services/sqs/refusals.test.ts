import { expect, test } from "vitest";
import { SqsError, serveSqs } from "../../../packages/services/src/sqs/index.ts";
import { served } from "./served.ts";

const json = { "content-type": "application/x-amz-json-1.0", authorization: "any" };

test("web pages, other methods and hosts from outside are kept out", async () => {
  const { server } = await served();
  const ask = (init: RequestInit) => fetch(server.endpoint, { method: "POST", ...init });
  expect((await ask({ headers: { ...json, origin: "http://localhost" } })).status).toBe(403);
  expect((await ask({ method: "GET" })).status).toBe(405);
  const small = await serveSqs({ maxBodyBytes: 1_000 });
  const long = await fetch(small.endpoint, { method: "POST", body: "x".repeat(1_001) });
  expect(long.status).toBe(413);
  await small.close();
});

test("a body that is no JSON object and a call without a signature are refused", async () => {
  const { server } = await served();
  const ask = async (body: string, headers: Record<string, string> = json) => {
    const target = { "x-amz-target": "AmazonSQS.ListQueues" };
    const init = { method: "POST", headers: { ...headers, ...target }, body };
    const response = await fetch(server.endpoint, init);
    const { __type } = (await response.json()) as { __type: string };
    return [response.status, __type];
  };
  for (const body of ["", "{", "[]", "null", "7"]) {
    expect(await ask(body)).toEqual([400, "com.amazonaws.sqs#SerializationException"]);
  }
  const { authorization: _, ...unsigned } = json;
  expect(await ask("{}", unsigned)).toEqual([403, "com.amazonaws.sqs#MissingAuthenticationToken"]);
});

test("a port in use is told with host and port", async () => {
  const { server } = await served();
  const again = serveSqs({ port: server.port });
  await expect(again).rejects.toThrow(`SQS cannot listen on 127.0.0.1:${server.port}`);
});

test("attributes out of bounds and unknown ones are refused by name", async () => {
  const { sqs } = await served();
  const make = (attributes: Record<string, string>) => () => sqs.createQueue("q", attributes);
  expect(make({ VisibilityTimeout: "43201" })).toThrow("parameter VisibilityTimeout");
  expect(make({ DelaySeconds: "a" })).toThrow("parameter DelaySeconds");
  expect(make({ MessageRetentionPeriod: "59" })).toThrow("parameter MessageRetentionPeriod");
  expect(make({ Colour: "red" })).toThrow("Unknown Attribute Colour.");
  expect(make({ ContentBasedDeduplication: "true" })).toThrow("ContentBasedDeduplication");
  expect(() => sqs.createQueue("a b")).toThrow("alphanumeric");
});

test("messages that AWS refuses are refused", async () => {
  const { sqs } = await served();
  const queue = sqs.createQueue("small", { MaximumMessageSize: "1024" });
  const refused = (send: () => unknown) => {
    try {
      send();
    } catch (error) {
      return error instanceof SqsError ? error.code : error;
    }
    return "sent";
  };
  const attribute = (name: string, value: object) => () =>
    queue.send({ body: "a", attributes: { [name]: value as never } });
  expect(refused(() => queue.send({ body: "" }))).toBe("MissingRequiredParameterException");
  expect(refused(() => queue.send({ body: "\u0000" }))).toBe("InvalidMessageContents");
  expect(refused(() => queue.send({ body: "x".repeat(1025) }))).toBe(
    "InvalidParameterValueException",
  );
  const wrong = "InvalidParameterValueException";
  expect(refused(() => queue.send({ body: "x".repeat(1024) }))).toBe("sent");
  expect(refused(attribute("AWS.x", { DataType: "String", StringValue: "a" }))).toBe(wrong);
  expect(refused(attribute("a", { DataType: "Text", StringValue: "a" }))).toBe(wrong);
  expect(refused(attribute("a", { DataType: "String" }))).toBe(wrong);
  expect(refused(attribute("a", { DataType: "Number", StringValue: "x" }))).toBe(wrong);
  expect(refused(attribute("a", { DataType: "Number.int", StringValue: "1" }))).toBe("sent");
});
