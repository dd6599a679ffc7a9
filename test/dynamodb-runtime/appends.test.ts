import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Entry, ProgressStore } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type LocalDynamoDb, startDynamoDb } from "./engines.ts";
import { minimal, newLog } from "./entries.ts";

describe.each(engines)("appends of dynamodbProgress on %s", (engine) => {
  let db: LocalDynamoDb;
  let store: ProgressStore;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
    store = dynamodbProgress({ tableName: "progress", client: db.client });
  }, 60_000);
  afterAll(() => db.close());

  const append = (log: string, entry: Entry) => store.append(log, entry, 1_800_000_000);

  describe("an append under a number that is taken", () => {
    it("changes nothing, and answers with the token of the entry that has it", async () => {
      const log = newLog();
      await append(log, minimal(1));
      const other = minimal(1, { token: "other", writer: "somebody else" });
      expect(await append(log, other)).toEqual({ ok: false, holder: "token-1" });
      expect((await store.readAfter(log, 0)).entries).toMatchObject([{ token: "token-1" }]);
    });

    it("answers with the own token, when the first reply was lost", async () => {
      const log = newLog();
      await append(log, minimal(1));
      expect(await append(log, minimal(1))).toEqual({ ok: false, holder: "token-1" });
    });
  });

  describe("an append with writes of the user's", () => {
    const put = (id: string, condition?: string) => ({
      Put: {
        TableName: "accounts",
        Item: { id },
        ...(condition ? { ConditionExpression: condition } : {}),
      },
    });
    const exists = async (id: string) => {
      const [log] = [newLog()];
      const check = {
        TableName: "accounts",
        Key: { id },
        ConditionExpression: "attribute_exists(id)",
      };
      const appended = await store.append(log, minimal(1), 1, [{ ConditionCheck: check }]);
      return appended.ok;
    };

    it("does both", async () => {
      const log = newLog();
      expect(await store.append(log, minimal(1), 1, [put("both")])).toEqual({ ok: true });
      expect((await store.readAfter(log, 0)).entries).toHaveLength(1);
      expect(await exists("both")).toBe(true);
    });

    it("does neither when a condition of the user's fails, and says whose it was", async () => {
      const log = newLog();
      await db.documents.send(new PutCommand({ TableName: "accounts", Item: { id: "there" } }));
      const writes = [put("neither"), put("there", "attribute_not_exists(id)")];
      const appended = await store.append(log, minimal(1), 1, writes);
      expect(appended).toMatchObject({ ok: false });
      const { refused } = appended as { refused: ReadonlyMap<number, Error> };
      expect([...refused.keys()]).toEqual([1]);
      expect(refused.get(1)!.message).toMatch(/ConditionalCheckFailed/);
      expect((await store.readAfter(log, 0)).entries).toEqual([]);
      expect(await exists("neither")).toBe(false);
    });

    it("does neither when the number is taken, and says by whom", async () => {
      const log = newLog();
      await append(log, minimal(1));
      const appended = await store.append(log, minimal(1, { token: "mine" }), 1, [put("late")]);
      expect(appended).toEqual({ ok: false, holder: "token-1" });
      expect(await exists("late")).toBe(false);
    });
  });

  describe("what may succeed later", () => {
    const failing = async (interference: Parameters<typeof interfereOnce>[0]) => {
      interfereOnce(interference);
      return append(newLog(), minimal(1)).then(
        () => undefined,
        (error) => error,
      );
    };
    function interfereOnce(interference: ReturnType<LocalDynamoDb["wrong"]["interfere"]>) {
      db.wrong.interfere = () => {
        db.wrong.interfere = () => undefined;
        return interference;
      };
    }

    it.each([
      "ProvisionedThroughputExceededException",
      "ThrottlingException",
      "RequestLimitExceeded",
      "InternalServerError",
    ])("is a %s", async (name) => {
      const error = await failing({ before: { name } });
      expect(store.isTransient(error)).toBe(true);
    });

    it("is a connection that breaks after the entry was written; and then the token tells", async () => {
      const log = newLog();
      interfereOnce({ after: "dropReply" });
      const error = await append(log, minimal(1)).catch((error) => error);
      expect(store.isTransient(error)).toBe(true);
      expect(await append(log, minimal(1))).toEqual({ ok: false, holder: "token-1" });
    });

    it.each(["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])(
      "is not a %s",
      async (name) => {
        const error = await failing({ before: { name } });
        expect(error).toMatchObject({ name });
        expect(store.isTransient(error)).toBe(false);
      },
    );

    it("is not a table that does not exist, nor a bug", async () => {
      const lost = dynamodbProgress({ tableName: "nowhere", client: db.client });
      const error = await lost.readAfter("log", 0).catch((error) => error);
      expect(error).toMatchObject({ name: "ResourceNotFoundException" });
      for (const bug of [error, new TypeError("x is not a function"), undefined, null, "text"]) {
        expect(store.isTransient(bug)).toBe(false);
      }
    });
  });
});
