/** The page of `shardmill dev`: rooms over one store. */
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { BatchRoom } from "./batch-room.tsx";
import { CountsRoom } from "./counts-room.tsx";
import { DeliveriesRoom } from "./deliveries-room.tsx";
import "./palette.css";
import "./page.css";
import { ParkedRoom } from "./parked-room.tsx";
import { ProgressRoom } from "./progress-room.tsx";
import { RecordsRoom } from "./records-room.tsx";
import { ShardsRoom } from "./shards-room.tsx";
import { hasSinks } from "./sinks.ts";
import { SinksRoom } from "./sinks-room.tsx";
import { type Connection, can, listen, report } from "./source.ts";
import { apply, count, newStore, type Store } from "./store.ts";
import { takeIn } from "./take-in.ts";
import { WindowsRoom } from "./windows-room.tsx";
import { WorkersRoom } from "./workers-room.tsx";

const store = newStore();

const rooms = {
  ...(can("counts") && { counts: "Counts" }),
  shards: "Shards",
  records: "Records",
  progress: "Progress",
  parked: "Parked",
  windows: "Windows",
  workers: "Workers",
  sinks: "Sinks",
  deliveries: "Deliveries",
};

/** Of rooms that not every project needs: whether there is something in them. */
const isFull: Readonly<Partial<Record<string, (store: Store) => boolean>>> = {
  deliveries: ({ ready }) => (ready?.deliveryStreams.length ?? 0) > 0,
  workers: ({ leases }) => leases.size > 0,
  windows: ({ windows }) => windows.size > 0,
  sinks: ({ sinks }) => hasSinks(sinks),
};

const roomsOf = (store: Store) =>
  Object.entries(rooms).filter(([name]) => isFull[name]?.(store) ?? true);

/** `#/batch/<function>/<request id>` */
function useRoute(): readonly string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

/** Draws again after events came, a few times a second. */
function useStore(): { readonly store: Store; readonly connection: Connection } {
  const [connection, setConnection] = useState<Connection>("connecting");
  const [, setDrawn] = useState(0);
  useEffect(() => {
    listen(
      takeIn(
        (event) => apply(store, event),
        () => setDrawn(store.events),
      ),
      setConnection,
    );
  }, []);
  return { store, connection };
}

const connections: Readonly<Record<Connection, string>> = {
  live: "Live",
  connecting: "Connecting…",
  lost: "Nobody answers: has the command ended? Trying again",
  hidden: "Paused while nobody looks",
  refused:
    "Ended: the command does not run, or has another token. Start it, and open the page that it prints.",
  report: `A report of ${new Date(report?.at ?? 0).toLocaleString()}`,
};

function Page() {
  const route = useRoute();
  const { store, connection } = useStore();
  const main = useRef<HTMLElement>(null);
  const [room = ""] = route;
  const shown = room === "" ? Object.keys(rooms)[0]! : room;
  const isFirst = useRef(true);
  // The focus follows the room.
  useEffect(() => {
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [route.join("/")]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <header>
        <strong>shardmill</strong>
        <nav aria-label="Rooms">
          {roomsOf(store).map(([name, title]) => (
            <a key={name} href={`#/${name}`} aria-current={shown === name ? "page" : undefined}>
              {title}
              {name === "parked" && store.parked > 0 ? ` (${store.parked})` : ""}
            </a>
          ))}
        </nav>
        <span class={`connection ${connection}`}>{connections[connection]}</span>
      </header>
      <Summary store={store} />
      <main id="main" tabIndex={-1} ref={main}>
        {shown === "counts" && <CountsRoom store={store} />}
        {shown === "shards" && <ShardsRoom store={store} />}
        {shown === "batch" && (
          <BatchRoom store={store} functionName={route[1] ?? ""} requestId={route[2] ?? ""} />
        )}
        {shown === "records" && <RecordsRoom store={store} />}
        {shown === "progress" && <ProgressRoom store={store} />}
        {shown === "workers" && <WorkersRoom store={store} />}
        {shown === "windows" && <WindowsRoom store={store} />}
        {shown === "sinks" && <SinksRoom store={store} />}
        {shown === "deliveries" && <DeliveriesRoom store={store} />}
        {shown === "parked" && <ParkedRoom store={store} />}
      </main>
    </>
  );
}

/** What has happened since, for who listens: every five seconds at most. */
function Summary({ store }: { readonly store: Store }) {
  const [text, setText] = useState("");
  useEffect(() => {
    let last = "";
    const timer = setInterval(() => {
      const lanes = [...store.shards.values()].flatMap((shard) => [...shard.lanes.values()]);
      const delivered = lanes.reduce((sum, lane) => sum + lane.delivered, 0);
      const failed = lanes.reduce((sum, lane) => sum + lane.failed, 0);
      const told = `${count(delivered, "delivery").replace("deliverys", "deliveries")}, ${failed} of them not whole, ${count(store.parked, "record")} parked.`;
      if (told !== last) setText(told);
      last = told;
    }, 5_000);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <p class="unseen" aria-live="polite">
      {text}
    </p>
  );
}

render(<Page />, document.getElementById("page")!);
