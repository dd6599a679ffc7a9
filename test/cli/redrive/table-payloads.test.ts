/** However many records are parked in a table, their payloads do not fill the memory. */
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import type { ParkedItem } from "../../../packages/cli/src/redrive/found.ts";
import { payloadOf } from "../../../packages/cli/src/redrive/payloads.ts";
import { tableSource } from "../../../packages/cli/src/redrive/table.ts";
import { redriveWorld } from "./world.ts";

type World = Awaited<ReturnType<typeof redriveWorld>>;

/** What is found where so many bytes of payloads may be kept. */
async function found({ documents }: World, keptBytes: number): Promise<ParkedItem[]> {
  const items: ParkedItem[] = [];
  const source = tableSource(documents, "progress", "billing", Date.now, keptBytes);
  for await (const one of source.find()) if (one.kind === "parked") items.push(one.item);
  return items;
}

const dataOf = async (item: ParkedItem): Promise<unknown> => {
  const { data } = await payloadOf(item, undefined as never);
  return JSON.parse(Buffer.from(data).toString());
};

it("so many bytes are kept, and the others are read once more in their turn", async () => {
  const its = await redriveWorld();
  for (const id of ["a", "b", "c"]) its.failing.add(id);
  await its.deliver("a", "b", "c");
  const whole = await found(its, 1_000_000);
  expect(whole.map(({ payload }) => Object.keys(payload))).toEqual([["data"], ["data"], ["data"]]);
  const some = await found(its, 15);
  expect(some.map(({ payload }) => Object.keys(payload))).toEqual([["data"], ["read"], ["read"]]);
  expect(await Promise.all(some.map(dataOf))).toEqual(await Promise.all(whole.map(dataOf)));
});

it("a payload that is gone by then is told with its item", async () => {
  const its = await redriveWorld();
  its.failing.add("a");
  await its.deliver("a");
  const [item] = await found(its, 0);
  const [{ pk, sk } = {}] = await its.parked();
  await its.documents.send(new DeleteCommand({ TableName: "progress", Key: { pk, sk } }));
  await expect(dataOf(item!)).rejects.toThrow(`is not in the item ${sk} of ${pk} any more`);
});
