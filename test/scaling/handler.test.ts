/** The handler against the simulator's own UpdateShardCount, with the real client. */
import { AddTagsToStreamCommand, UpdateShardCountCommand } from "@aws-sdk/client-kinesis";
import { expect, it } from "vitest";
import { filling } from "./cloud-watch.ts";
import { world } from "./world.ts";

const done = (reports: readonly { readonly kind: string }[]) =>
  reports.filter(({ kind }) => kind !== "wait");

it("doubles a stream within a minute of the first full metric, waits while that is under way, and goes on", async () => {
  const { run, environment, shards, lines } = await world({ shards: 2 });
  const reports = await run(environment(), 12, (minute) => filling(minute < 3 ? 1 : 5));
  // Minute 3 is told at the end of minute 5.
  expect(reports.findIndex(({ kind }) => kind === "scale")).toBe(5);
  expect(reports[6]).toMatchObject({ kind: "wait", why: "it is UPDATING" });
  expect(done(reports).map(({ kind }) => kind)).toEqual(["scale", "scale"]);
  expect(shards()).toBe(7);
  expect(lines[1]).toMatch(
    /^flights is scaled from 2 to 4 shards: the last minute would have filled 250 % of them\.$/,
  );
});

it("counts refused records as load", async () => {
  const { run, environment, shards } = await world({ shards: 2 });
  const refused = { ...filling(2), throttled: filling(2).records! };
  await run(environment(), 5, () => refused);
  expect(shards()).toBe(4);
});

it("gives shards up after half an hour of little load, half at most, and keeps operations for growing", async () => {
  const { run, environment, shards } = await world({ shards: 16 });
  const reports = await run(environment(), 300, () => filling(0.5));
  expect(done(reports).map(({ target }: any) => target)).toEqual([8, 4, 2, 1]);
  expect(shards()).toBe(1);
});

it("gives no shards up while records wait", async () => {
  const { run, environment, shards } = await world({ shards: 16 });
  const reports = await run(environment(), 60, () => ({ ...filling(0.5), ageMs: 400_000 }));
  expect(shards()).toBe(16);
  expect(reports.at(-1)!.why).toBe("the oldest unread record is 400 s old");
});

it("calls UpdateShardCount no more often than the policy says, in whichever environment", async () => {
  const { run, environment, sent } = await world({
    shards: 1,
    operationsPerDay: 3,
    reservedForUp: 1,
  });
  // Each environment lives for five minutes.
  let operations = 0;
  for (let turn = 0; turn < 6; turn++) {
    operations += done(await run(environment(), 5, () => filling(60))).length;
  }
  expect(operations).toBe(3);
  expect(sent.OperationsLeft).toBe(0);
});

it("learns that others have used up the day's calls, says so, and asks no more for an hour", async () => {
  const { run, environment, kinesis, clock } = await world({ shards: 1 });
  for (let call = 0; call < 10; call++) {
    kinesis.updateShardCount({ stream: "flights", targetShardCount: call % 2 === 0 ? 2 : 1 });
    await clock.advance(180_000);
  }
  const reports = await run(environment(), 30, () => filling(20));
  expect(
    reports.filter(({ why }) => /^AWS refuses 2 shards: UpdateShardCount is limited/.test(why)),
  ).toHaveLength(1);
  expect(reports.at(-1)!.why).toBe("AWS has refused an operation within the last hour");
});

it("asks for nothing where somebody else has begun something in the same moment", async () => {
  const { environment, kinesis, clock, tell, client } = await world({ shards: 2 });
  const now = clock.now();
  tell(now - 180_000, filling(5));
  const between = {
    send: async (command: any) => {
      // Between the look and the call.
      if (command instanceof AddTagsToStreamCommand) {
        kinesis.updateShardCount({ stream: "flights", targetShardCount: 3 });
      }
      return client.send(command);
    },
  };
  const [report] = await environment({ kinesis: between })({});
  expect(report).toMatchObject({
    kind: "wait",
    why: "an operation that somebody else has begun is under way",
  });
});

it("does once what two environments decide at the same time", async () => {
  const { environment, tell, clock, kinesis, shards } = await world({ shards: 2 });
  tell(clock.now() - 180_000, filling(5));
  const reports = (await Promise.all([environment()({}), environment()({})])).flat();
  expect(done(reports)).toHaveLength(1);
  await clock.advance(180_000);
  expect(shards()).toBe(4);
  expect(kinesis.kept("flights").tags.get("shardmill:scaling")).toMatch(/^[\da-z]+$/);
});

it("counts an operation whose reply was lost", async () => {
  const { environment, tell, clock, client, shards, sent } = await world({ shards: 2 });
  tell(clock.now() - 180_000, filling(3));
  const losing = {
    send: async (command: any) => {
      const answer = await client.send(command);
      if (command instanceof UpdateShardCountCommand) throw new Error("socket hang up");
      return answer;
    },
  };
  await expect(environment({ kinesis: losing })({})).rejects.toThrow("flights: socket hang up");
  await clock.advance(180_000);
  expect(shards()).toBe(4);
  await environment()({});
  expect(sent.OperationsLeft).toBe(7);
});

it("does nothing without numbers, nor while CloudWatch is late with them", async () => {
  const { environment, run, tell, clock, shards } = await world({ shards: 4 });
  const handler = environment();
  expect((await handler({}))[0]).toMatchObject({ kind: "wait", shardsFilled: undefined });
  for (let back = 60; back > 0; back--) tell(clock.now() - back * 60_000, filling(2.5));
  expect(done(await run(handler, 50, () => ({})))).toEqual([]);
  expect(shards()).toBe(4);
});

it("gives up the shards of a stream to which nothing has been put for an hour and a half, since it has no numbers then", async () => {
  const { environment, run, tell, clock, shards } = await world({ shards: 4 });
  for (let back = 60; back > 0; back--) tell(clock.now() - back * 60_000, filling(2.5));
  await run(environment(), 150, () => ({}));
  expect(shards()).toBe(1);
});

it("does nothing in a dry run, and says what it would do", async () => {
  const { run, environment, shards, lines, kinesis, sent } = await world({ dryRun: true });
  await run(environment(), 4, () => filling(5));
  expect(shards()).toBe(2);
  expect(kinesis.kept("flights").tags.size).toBe(0);
  expect(lines.at(-1)).toMatch(/^flights would be scaled from 2 to 4 shards: /);
  expect(sent).toMatchObject({
    OpenShards: 2,
    TargetShards: 4,
    ShardsFilled: 5,
    ScalingOperations: 0,
  });
});

it("says a reason to wait once, not every minute", async () => {
  const { run, environment, lines } = await world();
  await run(environment(), 20, () => filling(1));
  expect(lines.filter((line) => line.includes("too little is known"))).toHaveLength(1);
});

it("leaves an on-demand stream alone", async () => {
  const { run, environment, kinesis, clock } = await world();
  kinesis.updateStreamMode({ stream: "flights", mode: "ON_DEMAND" });
  await clock.advance(180_000);
  const reports = await run(environment(), 4, () => filling(5));
  expect(reports.at(-1)).toMatchObject({ kind: "wait", why: "it is on demand, and scales itself" });
});

it("foresees the morning after a cold start, from what CloudWatch has kept", async () => {
  const { environment, tell, clock, shards } = await world({ shards: 4 });
  const now = clock.now();
  // Three days: from this minute on there are twelve shards' worth, as on the days before; until now there is little.
  for (let back = 3 * 1440; back > 0; back--) {
    const at = now - back * 60_000;
    tell(at, filling((back - 1) % 1440 < 720 ? 1 : 6));
  }
  const [report] = await environment()({});
  expect(report).toMatchObject({ kind: "scale", why: "the days before had more load from now on" });
  await clock.advance(180_000);
  expect(shards()).toBe(8);
});

it("has its turn for every stream, and then rejects with the stream that failed", async () => {
  const { environment, tell, clock, shards } = await world();
  tell(clock.now() - 180_000, filling(5));
  const handler = environment({ streams: [{ streamName: "missing" }, { streamName: "flights" }] });
  await expect(handler({})).rejects.toThrow(/^scaleStream: missing: .*not found/i);
  await clock.advance(180_000);
  expect(shards()).toBe(4);
});

it("runs behind middleware", async () => {
  const { environment } = await world();
  const seen: unknown[] = [];
  const handler = environment().use({ after: ({ response }) => void seen.push(response) });
  const answer = await handler({ source: "aws.events" });
  expect(seen).toEqual([answer]);
});
