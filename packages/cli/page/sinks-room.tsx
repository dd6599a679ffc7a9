/** Where functions write, and what came of it: destinations, the newest calls, what was refused, and what waits because of it. */
import type { CallTold } from "../src/events/dev-event.ts";
import { Preview } from "./deliveries-room.tsx";
import { BatchLink, bytesText, milliseconds, Time, useTick } from "./parts.tsx";
import { type FunctionCalls, rowsOf } from "./sinks.ts";
import { batchKey, count, type LaneView, type ShardView, type Store, waitsFor } from "./store.ts";
import { visible } from "./visible.ts";

export function SinksRoom({ store }: { readonly store: Store }) {
  const now = useTick(1_000);
  return (
    <>
      <h1>Sinks</h1>
      {store.sinks.size === 0 && (
        <p class="quiet">No function has asked anything of another service yet.</p>
      )}
      {[...store.sinks.values()].map((calls) => (
        <Sinks key={calls.functionName} store={store} calls={calls} now={now} />
      ))}
    </>
  );
}

interface SinksProps {
  readonly store: Store;
  readonly calls: FunctionCalls;
  readonly now: number;
}

function Sinks({ store, calls, now }: SinksProps) {
  const { bad, functionName, newest } = calls;
  const rows = rowsOf(calls);
  return (
    <section aria-label={functionName}>
      <h2>{functionName}</h2>
      {failingLanes(store, functionName).map(({ lane, shard }) => (
        <p key={shard.key} class="waits">
          <b>{shard.shardId}</b> {visible(waitsFor(store, shard, lane, now))}{" "}
          <Failing store={store} lane={lane} />
        </p>
      ))}
      <table>
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">What</th>
            <th scope="col">Requests</th>
            <th scope="col">With</th>
            <th scope="col">Refused</th>
            <th scope="col">Sent</th>
            <th scope="col">Slowest</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={`${row.isProgress} ${row.service} ${row.place} ${row.operation}`}
              class={row.isProgress ? "quiet" : ""}
            >
              <td>
                {row.service !== "http" && <small>{row.service} </small>}
                {visible(row.place)}
                {row.isProgress && <small> (progress, parked)</small>}
              </td>
              <td>{row.operation}</td>
              <td>{row.calls.toLocaleString("en")}</td>
              <td>{row.entries > row.calls && count(row.entries, "entry").replace("ys", "ies")}</td>
              <td class={row.failed + row.refused > 0 ? "error" : ""}>{refusedText(row)}</td>
              <td>{bytesText(row.bytes)}</td>
              <td>{milliseconds(row.slowest)}</td>
              <td>
                <Time at={row.lastAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Refused store={store} functionName={functionName} />
      {bad.length > 0 && (
        <section aria-label={`Requests of ${functionName} that were refused`}>
          <h3>Requests that were refused, the newest first</h3>
          <Calls store={store} calls={bad} />
        </section>
      )}
      {newest.length > 0 && (
        <details>
          <summary>The newest requests of {functionName}</summary>
          <Calls store={store} calls={newest} />
        </details>
      )}
    </section>
  );
}

const batchesTold = 10;

/** Records that are not where they should be, and what their sink says of it. */
function Refused({
  store,
  functionName,
}: {
  readonly store: Store;
  readonly functionName: string;
}) {
  const batches = [...store.shards.values()]
    .flatMap((shard) => shard.lanes.get(functionName)?.batches ?? [])
    .filter(({ trouble }) => trouble !== undefined)
    .sort((a, b) => b.deliveries.at(-1)!.at - a.deliveries.at(-1)!.at);
  if (batches.length === 0) return null;
  return (
    <section aria-label={`Records of ${functionName} that were refused`}>
      <h3>Records that were refused, the newest first</h3>
      <ul>
        {batches.slice(0, batchesTold).map((batch) => (
          <li key={batch.key}>
            <BatchLink batch={batch} /> <span class="error">{visible(batch.trouble ?? "")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where its batch comes again, or still waits for an answer. */
const failingLanes = (store: Store, functionName: string) =>
  [...store.shards.values()].flatMap((shard): { lane: LaneView; shard: ShardView }[] => {
    const lane = shard.lanes.get(functionName);
    return lane && (lane.failing !== undefined || lane.delivering) ? [{ lane, shard }] : [];
  });

function Failing({ store, lane }: { readonly store: Store; readonly lane: LaneView }) {
  const batch = store.batches.get(lane.failing ?? "");
  return batch ? <BatchLink batch={batch} /> : null;
}

const refusedText = ({ failed, refused }: { failed: number; refused: number }) =>
  [
    failed > 0 && count(failed, "request"),
    refused > 0 && count(refused, "entry").replace("ys", "ies"),
  ]
    .filter(Boolean)
    .join(", ");

interface CallsProps {
  /** Absent: each is of the batch that is shown. */
  readonly store?: Store;
  readonly calls: readonly CallTold[];
}

/** One line for each. */
export function Calls({ store, calls }: CallsProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">At</th>
          <th scope="col">What</th>
          <th scope="col">Where</th>
          <th scope="col">Sent</th>
          <th scope="col">Took</th>
          <th scope="col">What came of it</th>
          {store && <th scope="col">In</th>}
        </tr>
      </thead>
      <tbody>
        {calls.map((call, place) => (
          <tr key={`${call.at} ${call.service} ${call.operation} ${calls.length - place}`}>
            <td>
              <Time at={call.at} />
            </td>
            <td class="short">
              {call.calls > 1 && `${call.calls} × `}
              {call.operation}
              {call.entries > call.calls && (
                <small> of {count(call.entries, "entry").replace("ys", "ies")}</small>
              )}
            </td>
            <td>
              {visible(call.place)}
              {call.keys?.map((key) => (
                <Preview key={key} bucket={call.place} name={key}>
                  <code>{visible(key)}</code>
                </Preview>
              ))}
              {(call.keys?.length ?? 0) > 0 && call.calls > call.keys!.length && <div>…</div>}
            </td>
            <td class="short">{bytesText(call.bytes)}</td>
            <td class="short">{milliseconds(call.duration)}</td>
            <td class={call.error ? "error" : ""}>{cameText(call)}</td>
            {store && (
              <td>
                <InBatch store={store} call={call} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cameText({ error, refused, status }: CallTold): string {
  const why = error ? [error.type, error.message].filter(Boolean).join(": ") : "";
  const what =
    refused > 0
      ? `${count(refused, "entry").replace("ys", "ies")} refused`
      : status === undefined
        ? "no answer"
        : String(status);
  return visible([what, why].filter((text) => text !== "").join(": "));
}

function InBatch({ store, call }: { readonly store: Store; readonly call: CallTold }) {
  const batch = store.batches.get(batchKey(call.functionName, call.requestId));
  return batch ? <BatchLink batch={batch} /> : null;
}
