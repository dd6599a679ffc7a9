/** What a record, an error, a template or a file name says is shown by every command, and obeyed by no terminal. */
import { Readable } from "node:stream";
import { NonRetryableError } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, test } from "vitest";
import { devCommand } from "../../packages/cli/src/dev/command.ts";
import { inspectCommand } from "../../packages/cli/src/inspect/command.ts";
import { invokeCommand } from "../../packages/cli/src/invoke/command.ts";
import { kinesisCommand } from "../../packages/cli/src/kinesis/command.ts";
import { lintCommand } from "../../packages/cli/src/lint/command.ts";
import { planCommand } from "../../packages/cli/src/plan/command.ts";
import { progressCommand } from "../../packages/cli/src/progress/command.ts";
import { putCommand } from "../../packages/cli/src/put/command.ts";
import { recordCommand } from "../../packages/cli/src/record/command.ts";
import { redriveCommand } from "../../packages/cli/src/redrive/command.ts";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { videoCommand } from "../../packages/cli/src/video/command.ts";
import { fn, mapping, project, stream, template } from "../local/run/templates.ts";
import { folder, served, until, written } from "./put/served.ts";
import { redriveWorld } from "./redrive/world.ts";

/** Clears the screen, sets its title, turns the direction, hides in a C1, begins a line of its own. */
const evil = "\x1b[31m\x1b[2J\x1b]0;owned\x07\x9b2J\x7f\u202egnp\u200b\rdone";
const shown =
  "\\u001b[31m\\u001b[2J\\u001b]0;owned\\u0007\\u009b2J\\u007f\\u202egnp\\u200b\\u000ddone";

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
const obeyed = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e]/;

type Command = (args: readonly string[], surroundings: any) => Promise<number>;

/** Runs it, and looks at everything that it has written. */
async function run(command: Command, args: readonly string[], more: object = {}) {
  const { out, err, texts } = written();
  const { signal } = new AbortController();
  const status = await command(args, { out, err, env: {}, signal, ...more });
  expect(texts.out).not.toMatch(obeyed);
  expect(texts.err).not.toMatch(obeyed);
  return { status, ...texts };
}

test.each<[string, Command, readonly string[]]>([
  ["dev", devCommand, []],
  ["inspect", inspectCommand, []],
  ["invoke", invokeCommand, []],
  ["kinesis", kinesisCommand, []],
  ["lint", lintCommand, []],
  ["plan", planCommand, []],
  ["progress", progressCommand, ["show"]],
  ["put", putCommand, []],
  ["record", recordCommand, []],
  ["redrive", redriveCommand, []],
  ["replay", replayCommand, []],
  ["video", videoCommand, ["play"]],
])("an option that %s does not have", async (_, command, args) => {
  const { status, err } = await run(command, [...args, `--${evil}`]);
  expect(status).toBe(2);
  expect(err).toContain(shown);
});

describe("put", () => {
  test("files, lines and streams", async () => {
    const { endpoint } = await served();
    const at = folder();
    const file = at.write(`a${evil}.ndjson`, `{"id":1}\n{"${evil}"\n`);
    const args = ["orders", file, "--endpoint", endpoint];
    const left = await run(putCommand, [...args, "--skip-bad-lines"]);
    expect(left.err).toContain(`left out: ${at.path}/a${shown}.ndjson:2:`);
    const more = await run(putCommand, [...args, "--key", evil]);
    expect(more.err).toContain(`there is no field ${shown}`);
    expect((await run(putCommand, [evil, file, "--endpoint", endpoint])).status).toBe(1);
  });

  test("on a terminal the bar is drawn, and the file's name is not obeyed", async () => {
    const { endpoint } = await served();
    const file = folder().write(`a${evil}.ndjson`, "1\n");
    const { out, err, texts } = written();
    const args = ["orders", file, "--endpoint", endpoint];
    await putCommand(args, { out, err: { ...err, isTTY: true }, env: {} });
    expect(texts.err).toContain(`a${shown}.ndjson ━`);
    expect(texts.err.replaceAll("\r", "").replaceAll("\x1b[K", "")).not.toMatch(obeyed);
  });
});

test("record writes the same JSON, as text that one may look at", async () => {
  const { endpoint, kinesis } = await served();
  kinesis.putRecord({ stream: "orders", partitionKey: evil, data: Buffer.from(`é ${evil}`) });
  const { out } = await run(recordCommand, ["orders", "--endpoint", endpoint]);
  expect(out).toContain("é ");
  expect(JSON.parse(out)).toMatchObject({ partitionKey: evil, data: `é ${evil}` });
});

test("inspect shows keys, data and what it does not know", async () => {
  const event = kinesisEvent([`${evil}\n  shard  made up`], { partitionKey: () => evil });
  const input = () => ({ input: Readable.from([JSON.stringify(event)]) });
  const { out } = await run(inspectCommand, ["-"], input());
  expect(out).toContain(`partition key    ${shown}`);
  const { out: programs } = await run(inspectCommand, ["-", "--json"], input());
  expect(JSON.parse(programs).records[0].partitionKey).toBe(evil);
  const unknown = await run(inspectCommand, ["-"], {
    input: Readable.from([JSON.stringify({ [evil]: 1 })]),
  });
  expect(unknown.status).toBe(1);
});

/** A function of which everything that can say something does. */
const handler = `export const handler = async (event: any) => {
  console.log("plain ${"\\x1b"}[1m" + ${JSON.stringify(evil)});
  console.log(JSON.stringify({ timestamp: "", level: "ERROR", message: ${JSON.stringify(`one\n${evil}`)}, key: ${JSON.stringify(evil)} }));
  if (event.Records) {
    const error = new Error(${JSON.stringify(`first\n${evil}`)});
    error.name = ${JSON.stringify(`Odd\n${evil}`)};
    throw error;
  }
  return { said: ${JSON.stringify(evil)}, batchItemFailures: [{ itemIdentifier: ${JSON.stringify(evil)} }] };
};`;

function hostileProject() {
  const at = project({ "orders.ts": handler, "event.json": `{"id":1}` });
  const model = template(at.root, {
    streams: [stream("orders")],
    functions: [fn("orders", at.at("orders.ts"))],
    mappings: [mapping("orders", "orders", { maximumRetryAttempts: 0 })],
    unsupported: [
      { logicalId: evil, type: evil, why: evil, place: { file: at.at(`${evil}.json`) } },
    ],
  });
  return { at, more: { cwd: at.root, readTemplate: async () => model } };
}

test("invoke shows what a function logs, answers and throws", async () => {
  const { at, more } = hostileProject();
  const args = ["orders", "--event", at.at("event.json")];
  const { out } = await run(invokeCommand, args, more);
  expect(out).toContain(shown);
  const { out: programs } = await run(invokeCommand, [...args, "--json"], more);
  expect(JSON.parse(programs).response.said).toBe(evil);
  at.write("event.json", JSON.stringify(kinesisEvent([1])));
  const failed = await run(invokeCommand, args, more);
  expect(failed.out).toContain(shown);
});

test("replay shows what stands in its files and what its function throws", async () => {
  const { at, more } = hostileProject();
  at.write(`${evil}.ndjson`, `{"id":1}\n`);
  const { out } = await run(replayCommand, ["orders", at.at(`${evil}.ndjson`)], more);
  expect(out).toMatch(/gave up .*: Odd$/m);
  const { err } = await run(replayCommand, ["orders", `gone${evil}`], more);
  expect(err).toContain(`cannot read gone${shown}`);
});

test("lint shows names and reasons of a template", async () => {
  const { more } = hostileProject();
  const { out } = await run(lintCommand, ["--verbose"], more);
  expect(out).toContain(shown);
  const { out: programs } = await run(lintCommand, ["--json"], more);
  expect(JSON.parse(programs).notChecked[0].why).toBe(evil);
});

describe("dev", () => {
  async function dev(isTTY: boolean, ...args: string[]) {
    const { at, more } = hostileProject();
    const { out, err, texts } = written();
    const interrupted = new AbortController();
    const ended = devCommand(["--port", "0", ...args], {
      ...more,
      ...{ out: { ...out, isTTY }, err, env: {}, signal: interrupted.signal },
    });
    await until(() => /Ready after|"ready"/.test(texts.out));
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(
      /AWS_ENDPOINT_URL=\S+|"kinesis":"[^"]+/.exec(texts.out)![0],
    )![0];
    const file = folder().write("a.ndjson", "1\n");
    await putCommand(["orders", file, "--endpoint", endpoint], { ...written(), env: {} });
    await until(() => /gave up|"discarded"/.test(texts.out));
    at.write("orders.ts", `export const handler = "${evil.replace("\r", "")}`);
    await until(() => /is not reloaded|"broken"/.test(texts.out));
    interrupted.abort();
    await ended;
    return texts;
  }

  test("in a pipe nothing is left of it, colours included", async () => {
    const { out, err } = await dev(false);
    expect(out).not.toMatch(obeyed);
    expect(err).not.toMatch(obeyed);
    expect(out).toContain(`orders │ plain ${shown.slice(10)}`);
    expect(out).toContain(`failed: Odd\\u000a${shown}: first`);
  });

  test("on a terminal log lines keep colours, and nothing else", async () => {
    const { out } = await dev(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours begin with one.
    expect(out.replace(/\x1b\[[\d;]*m/g, "")).not.toMatch(obeyed);
    expect(out).toContain("plain \x1b[1m");
    // An error brings none.
    expect(out).toContain(`failed: Odd\\u000a${shown}: first`);
  });

  test("programs get it as JSON", async () => {
    const { out } = await dev(false, "--json");
    expect(out).not.toMatch(obeyed);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "log", line: expect.stringContaining(evil.slice(0, 9)) }),
    );
  });
});

test("redrive and progress show what was parked, and why", async () => {
  const its = await redriveWorld({
    options: {
      uniqueId: ({ id }) => id,
      process() {
        throw new NonRetryableError(`why\nredriven     made-up\n${evil}`);
      },
    },
  });
  await its.deliver(`${evil}@${evil}`);
  const at = ["--endpoint", its.db.endpoint];
  const { out } = await run(redriveCommand, ["--table", "progress", "--dry-run", ...at]);
  expect(out).toContain(`key ${shown}`);
  expect(out).toContain(`why\\u000aredriven     made-up\\u000a${shown}`);
  const programs = await run(redriveCommand, [
    ...["--table", "progress", "--dry-run", "--json"],
    ...at,
  ]);
  expect(JSON.parse(programs.out.split("\n")[0]!)).toMatchObject({ partitionKey: evil });
  await run(progressCommand, ["show", "--table", "progress", ...at]);
  await run(progressCommand, ["show", "--table", "progress", "--json", ...at]);
  const none = await run(progressCommand, ["show", "--table", evil, ...at]);
  expect(none.err).toContain(shown);
});

test("plan shows the names of files", async () => {
  const { err } = await run(planCommand, ["--from", evil]);
  expect(err).toContain(`cannot read ${shown}`);
  const prices = folder().write(`${evil}.json`, "{");
  expect((await run(planCommand, ["--rate", "1", "--prices", prices])).err).toContain(shown);
});
