import { expect, test } from "vitest";
import {
  childrenOf,
  childText,
  readXml,
  type XmlElement,
} from "../../../packages/services/src/http/xml.ts";
import { served } from "./served.ts";

/** As SDKs of before 2023 ask. */
async function asker() {
  const { server, sqs } = await served();
  const ask = async (parameters: Record<string, string>, path = "/") => {
    const response = await fetch(`${server.endpoint}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        authorization: "AWS4-HMAC-SHA256 any",
      },
      body: new URLSearchParams({ Version: "2012-11-05", ...parameters }).toString(),
    });
    return { status: response.status, root: readXml(await response.text()) };
  };
  return { ask, server, sqs };
}

const inside = (element: XmlElement, ...path: string[]): XmlElement =>
  path.reduce((at, name) => childrenOf(at, name)[0] ?? { name, text: "", children: [] }, element);

test("a form makes a queue, sends, receives and deletes", async () => {
  const { ask, server } = await asker();
  const made = await ask({
    Action: "CreateQueue",
    QueueName: "orders",
    "Attribute.1.Name": "VisibilityTimeout",
    "Attribute.1.Value": "60",
    "Tag.1.Key": "team",
    "Tag.1.Value": "x",
  });
  const url = childText(inside(made.root, "CreateQueueResult"), "QueueUrl");
  expect(url).toBe(`${server.endpoint}/123456789012/orders`);
  const path = new URL(url!).pathname;
  const sent = await ask(
    {
      Action: "SendMessage",
      MessageBody: "a <b> & c",
      "MessageAttribute.1.Name": "kind",
      "MessageAttribute.1.Value.DataType": "Binary",
      "MessageAttribute.1.Value.BinaryValue": "AP8=",
    },
    path,
  );
  expect(childText(inside(sent.root, "SendMessageResult"), "MessageId")).toMatch(/^[\da-f-]{36}$/);
  const received = await ask({
    Action: "ReceiveMessage",
    QueueUrl: url!,
    MaxNumberOfMessages: "10",
    "AttributeName.1": "All",
    "MessageAttributeName.1": "All",
  });
  const message = inside(received.root, "ReceiveMessageResult", "Message");
  expect(childText(message, "Body")).toBe("a <b> & c");
  expect(childText(inside(message, "MessageAttribute", "Value"), "BinaryValue")).toBe("AP8=");
  const counts = childrenOf(message, "Attribute").map((pair) => childText(pair, "Name"));
  expect(counts).toContain("ApproximateReceiveCount");
  const batch = await ask({
    Action: "DeleteMessageBatch",
    QueueUrl: url!,
    "DeleteMessageBatchRequestEntry.1.Id": "good",
    "DeleteMessageBatchRequestEntry.1.ReceiptHandle": childText(message, "ReceiptHandle")!,
    "DeleteMessageBatchRequestEntry.2.Id": "bad",
    "DeleteMessageBatchRequestEntry.2.ReceiptHandle": "nonsense",
  });
  const result = inside(batch.root, "DeleteMessageBatchResult");
  expect(childText(inside(result, "DeleteMessageBatchResultEntry"), "Id")).toBe("good");
  expect(childText(inside(result, "BatchResultErrorEntry"), "Code")).toBe("ReceiptHandleIsInvalid");
  const attributes = await ask({
    Action: "GetQueueAttributes",
    QueueUrl: url!,
    "AttributeName.1": "VisibilityTimeout",
  });
  const pair = inside(attributes.root, "GetQueueAttributesResult", "Attribute");
  expect([childText(pair, "Name"), childText(pair, "Value")]).toEqual(["VisibilityTimeout", "60"]);
});

test("errors have the codes that the protocol has for them", async () => {
  const { ask } = await asker();
  const code = async (parameters: Record<string, string>) => {
    const { status, root } = await ask(parameters);
    return [status, childText(inside(root, "Error"), "Code")];
  };
  const lost = { Action: "SendMessage", MessageBody: "a", QueueUrl: "http://h/123456789012/lost" };
  expect(await code(lost)).toEqual([400, "AWS.SimpleQueueService.NonExistentQueue"]);
  expect(await code({ Action: "GetQueueUrl" })).toEqual([400, "MissingParameter"]);
  const unsupported = [400, "AWS.SimpleQueueService.UnsupportedOperation"];
  expect(await code({ Action: "AddPermission" })).toEqual(unsupported);
  expect(await code({})).toEqual(unsupported);
  expect(await code({ "A.B": "1", A: "2" })).toEqual([400, "MalformedInput"]);
});
