import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { envCommand } from "../../packages/cli/src/env/command.ts";
import { project, stream, template } from "../local/run/templates.ts";
import { ofType, runDev } from "./dev-machine.ts";

async function env(cwd: string, args: string[] = [], variables: Record<string, string> = {}) {
  const written = { out: "", err: "" };
  const status = await envCommand(args, {
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text) },
    ...{ cwd, env: variables },
  });
  return { status, ...written };
}

test("it prints what a client needs, in any folder of the project, while dev runs", async () => {
  const at = project({ "src/deep/a.txt": "" });
  const dev = runDev(at.root, template(at.root, { streams: [stream("orders")] }));
  const { address } = await dev.next(ofType("ready"));
  const old = { AWS_ENDPOINT_URL_KINESIS: "http://127.0.0.1:1" };
  const { status, out } = await env(at.at("src/deep"), [], old);
  expect(out.split("\n")).toEqual([
    "unset AWS_ENDPOINT_URL_KINESIS",
    `export AWS_ENDPOINT_URL=${address}`,
    "export AWS_REGION=us-east-1",
    "export AWS_DEFAULT_REGION=us-east-1",
    "export AWS_ACCESS_KEY_ID=local",
    "export AWS_SECRET_ACCESS_KEY=local",
    "",
  ]);
  expect(status).toBe(0);
  const told = JSON.parse((await env(at.root, ["--json"])).out);
  expect(told).toMatchObject({ address, services: { kinesis: expect.stringMatching(/^http/) } });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new KinesisClient({ endpoint: address, region: "us-east-1", credentials });
  expect((await client.send(new ListStreamsCommand())).StreamNames).toEqual(["orders"]);
  client.destroy();

  await dev.stop();
  const after = await env(at.root, []);
  expect(after.out).not.toContain(address);
});

test("where none answers it says so, with status 1", async () => {
  const at = project({ ".shardmill/dev.json": '{"address":"http://127.0.0.1:9"}' });
  const { status, err } = await env(at.root);
  expect(err).toBe(
    "shardmill env: no shardmill dev answers at http://127.0.0.1:9. Start one: npx shardmill dev\n",
  );
  expect(status).toBe(1);
});
