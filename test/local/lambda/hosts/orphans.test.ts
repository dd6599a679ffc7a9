import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { after } from "../../../ending.ts";
import { handlerFile } from "./fixtures.ts";

const host = fileURLToPath(
  new URL("../../../../packages/local/src/lambda/hosts/child-process.ts", import.meta.url),
);

/** A line that stays open for as long as the process at its other end lives, even in a loop. */
async function lifelines() {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => {}).resume());
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  const until = async (count: number) => {
    while (open.size !== count) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { port: (server.address() as { port: number }).port, until };
}

/** A process that starts three environments: one idle, one waiting, one in an endless loop. */
function parent(port: number, ending: string): ChildProcess {
  const file = handlerFile(`
    import { connect } from "node:net";
    await new Promise((resolve) => connect(${port}, "127.0.0.1", resolve));
    export const handler = (what) => {
      if (what === "spin") for (;;);
      if (what === "wait") return new Promise((resolve) => setTimeout(resolve, 600_000));
    };`);
  const script = handlerFile(
    `import { childProcessFunction } from ${JSON.stringify(host)};
    const fn = childProcessFunction({ functionName: "fn", file: ${JSON.stringify(file)}, timeout: 900 });
    const invoke = (what) => fn.invoke(what, { awsRequestId: what });
    ${ending}`,
    "parent.ts",
  );
  const started = spawn(process.execPath, [script], { stdio: ["ignore", "inherit", "inherit"] });
  after(() => started.kill("SIGKILL"));
  return started;
}

test("no child outlives a parent that is killed, whatever it does", async () => {
  const { port, until } = await lifelines();
  const process = parent(port, `invoke("wait"); invoke("spin"); await invoke("idle");`);
  await until(3);
  process.kill("SIGKILL");
  await until(0);
});

test("a parent that forgets to close ends all the same, and its children with it", async () => {
  const { port, until } = await lifelines();
  const process = parent(port, `await Promise.all([invoke("a"), invoke("b")]);`);
  const [code] = await once(process, "exit");
  expect(code).toBe(0);
  await until(0);
});
