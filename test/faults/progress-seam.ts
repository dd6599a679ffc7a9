/** The progress as one environment sees it: each call crosses a seam, and the checker looks on. */
import type { ProgressStore } from "../../src/progress/store.ts";
import { shardCreatedAt } from "../../src/record/position.ts";
import type { Environment } from "./environment.ts";
import { disguise, epochOf, fromRelease2, progressTable, shardOf } from "./log-view.ts";
import type { World } from "./world.ts";

type Entry = Parameters<ProgressStore["append"]>[1];
type Page = Awaited<ReturnType<ProgressStore["readAfter"]>>;

/** A client of the store for this environment. */
export function clientOf(world: World, environment: Environment) {
  const send = (command: never) => environment.cross("store", () => world.db.send(command));
  return { send: send as typeof world.db.send };
}

export function progressOf(world: World, environment: Environment, release: 1 | 2): ProgressStore {
  const { book, scenario, logs, memory, now } = world;
  const isMemory = scenario.consumer.progress === "memory";
  const store = isMemory
    ? memory
    : world.program.dynamodbProgress({
        tableName: progressTable,
        client: clientOf(world, environment),
      });

  /**
   * Notes what was there when a read was sent, and when the reply came; of one that goes to the end
   * of the log. The others only say what stood there long before.
   */
  async function reading<T>(
    log: string | undefined,
    read: () => Promise<T>,
    isToTheEnd = (_: T) => false,
  ): Promise<T> {
    const invocation = world.current.getStore();
    const shardId = log && shardOf(log);
    if (log) logs.hears(log);
    const entries = log ? logs.newest(shardOf(log), epochOf(log)) : 0;
    const at = book.tick();
    const isOwn = invocation?.shardId === shardId;
    try {
      const page = isMemory ? await environment.cross("store", read) : await read();
      if (invocation && isOwn && isToTheEnd(page)) {
        invocation.read ??= { at, entries };
        invocation.news.push({ entries, heardAt: now() });
      }
      return page;
    } catch (error) {
      if (invocation) invocation[invocation.hasActed ? "appendFailed" : "readFailed"] = true;
      book.tell(environment.id, () => `cannot read the log: ${(error as Error).name}`);
      throw error;
    }
  }

  async function append(...[log, entry, expiresAt, writes]: Parameters<ProgressStore["append"]>) {
    const invocation = world.current.getStore();
    const written = release === 2 ? toRelease2(entry) : entry;
    if (invocation) invocation.hasActed = true;
    const call = async () => {
      const appended = await store.append(log, written, expiresAt, writes);
      if (isMemory && appended.ok) world.keep(log, written);
      return appended;
    };
    try {
      const appended = isMemory ? await environment.cross("store", call) : await call();
      if (invocation) {
        invocation.unsaved.delete(entry.token);
        invocation.appendFailed = invocation.unsaved.size > 0;
      }
      book.tell(environment.id, () => tellAppend(shardOf(log), entry, appended));
      return appended;
    } catch (error) {
      const isOfRecords = entry.kind === "done";
      if (isOfRecords) invocation?.unsaved.add(entry.token);
      if (invocation) invocation[isOfRecords ? "appendFailed" : "claimFailed"] = true;
      book.tell(
        environment.id,
        () => `cannot append entry ${entry.n} to ${shardOf(log)}: ${(error as Error).name}`,
      );
      throw error;
    }
  }

  const keys = store.parkedKeys;
  const fromStore = (entry: Entry) => (release === 2 ? fromRelease2(entry) : entry);

  return {
    rules: store.rules,
    async readAfter(log, n) {
      const isWhole = ({ more }: Page) => !more;
      const page = await reading(log, () => store.readAfter(log, n), isWhole);
      return { ...page, entries: page.entries.map(fromStore) };
    },
    async readBefore(log, before) {
      const isFirst = () => before === Number.POSITIVE_INFINITY;
      const page = await reading(log, () => store.readBefore(log, before), isFirst);
      return { ...page, entries: page.entries.map(fromStore) };
    },
    async readSome(log, numbers) {
      return (await reading(log, () => store.readSome(log, numbers))).map(fromStore);
    },
    append,
    isTransient: (error) => store.isTransient(error),
    ...(keys && {
      parkedKeys: {
        page: (set, from) => reading(undefined, () => keys.page(set, from)),
        find: (set, asked) => reading(undefined, () => keys.find(set, asked)),
        free: (set, key) => keys.free(set, key),
      },
    }),
    async parentsOf(_streamArn, shardId) {
      try {
        return await environment.cross("kinesis", async () => {
          if (world.happens("parents")) {
            book.fault(environment.id, `is refused the parents of ${shardId}`);
            throw new Error("AccessDeniedException: kinesis:ListShards");
          }
          return world.listedParentsOf(shardId).map((parent) => ({
            shardId: parent,
            createdAt: shardCreatedAt(world.startOf(parent)),
          }));
        });
      } catch (error) {
        const invocation = world.current.getStore();
        if (invocation) invocation.readFailed = true;
        throw error;
      }
    },
  };
}

/** Ids of the whole stream, as this environment sees them. */
export function idsOf(world: World, environment: Environment) {
  const ids = world.program.dynamodbIds({
    tableName: progressTable,
    client: clientOf(world, environment),
  });
  return {
    ...ids,
    async complete(...given: Parameters<typeof ids.complete>) {
      const invocation = world.current.getStore();
      try {
        return await ids.complete(...given);
      } catch (error) {
        if (invocation) invocation.idFailed = true;
        world.book.tell(environment.id, () => `cannot mark the id ${given[0]}`);
        throw error;
      }
    },
  };
}

/** Release 2 has another format, of which release 1 knows no more than that it is another. */
function toRelease2(entry: Entry): Entry {
  return { ...entry, v: 2, ...(entry.names && { names: disguise(entry.names) }) };
}

function tellAppend(
  shardId: string,
  entry: Entry,
  appended: Awaited<ReturnType<ProgressStore["append"]>>,
) {
  const names = (entry.names?.length ?? 0) / 16;
  const what = `entry ${entry.n} (${entry.kind}, ${names} names) to ${shardId}`;
  if (appended.ok) return `appends ${what}`;
  return "holder" in appended ? `finds ${what} taken` : `has ${what} refused`;
}
