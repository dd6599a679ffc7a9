/** A debugger of Node.js, as editors have it: the inspector's protocol over a WebSocket. */

/** It ends with the process that it is attached to. */
export interface Debugger {
  send(method: string, params?: object): Promise<any>;
  /** The next event of this name, of those that no call has had yet. */
  next(method: string, matches?: (params: any) => boolean): Promise<any>;
}

/** Attaches at a port. What waits there goes on with `Runtime.runIfWaitingForDebugger`. */
export async function attach(port: number): Promise<Debugger> {
  const found = await listening(port);
  const socket = new WebSocket(found.webSocketDebuggerUrl);
  const answers = new Map<number, (result: unknown) => void>();
  const events: { method: string; params: unknown }[] = [];
  const waiting = new Set<() => void>();
  let ids = 0;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data));
    if (message.id) answers.get(message.id)?.(message.result ?? message.error);
    else events.push(message);
    for (const look of [...waiting]) look();
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  const send = (method: string, params: object = {}) =>
    new Promise((resolve) => {
      answers.set(++ids, resolve);
      socket.send(JSON.stringify({ id: ids, method, params }));
    });
  await send("Debugger.enable");
  await send("Runtime.enable");
  return {
    send,
    next: (method, matches = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const at = events.findIndex((one) => one.method === method && matches(one.params));
          if (at < 0) return;
          waiting.delete(look);
          resolve(events.splice(at, 1)[0]!.params);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** What listens there, as soon as it does. */
async function listening(port: number): Promise<{ webSocketDebuggerUrl: string }> {
  for (;;) {
    const targets = await fetch(`http://127.0.0.1:${port}/json/list`).then(
      (response) => response.json() as Promise<any[]>,
      () => [],
    );
    if (targets[0]) return targets[0];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
