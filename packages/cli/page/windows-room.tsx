/** Windows: which are open, what they have come to, and what they wait for. */
import type { WindowsTold } from "../src/events/dev-event.ts";
import { bytesText, milliseconds, Payload } from "./parts.tsx";
import { count, type Store, type WindowsView } from "./store.ts";
import { visible } from "./visible.ts";
import { waitText } from "./windows-words.ts";

export function WindowsRoom({ store }: { readonly store: Store }) {
  return (
    <>
      <h1>Windows</h1>
      {store.windows.size === 0 && <p class="quiet">No function has counted in windows yet.</p>}
      {[...store.windows.values()].map((view) => (
        <Windows key={`${view.told.functionName} ${view.told.shardId}`} view={view} />
      ))}
    </>
  );
}

function Windows({ view: { late, rows, told } }: { readonly view: WindowsView }) {
  const { bytes, due, functionName, open = 0, shardId, unread, windows } = told;
  const left = open + due - windows.length;
  return (
    <section aria-label={`${functionName} at ${shardId}`}>
      <h2>
        {functionName} <small>at {shardId}</small>
      </h2>
      {unread !== undefined ? (
        <p class="error">What it has counted cannot be read: {visible(unread)}</p>
      ) : (
        <p class="waits">{waitText(told)}</p>
      )}
      <p>
        {count(rows, "row")} given{due > 0 && `, ${due} due`}
        {told.of === "windows" && `, ${count(open, "window")} open`}
        {late > 0 && (
          <span class="error">, {count(late, "record")} came late and counted nowhere</span>
        )}
        <small> (the state takes {bytesText(bytes)})</small>
      </p>
      {windows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">Closes</th>
              <th scope="col">What it has come to</th>
            </tr>
          </thead>
          <tbody>
            {windows.map(({ closesAt, end, isDue, key, start, values }) => (
              <tr key={`${key} ${start} ${end}`}>
                <td>{key === "null" ? "all" : visible(key)}</td>
                <td>{moment(start)}</td>
                <td>{moment(end)}</td>
                <td>{isDue ? "closed: its row is due" : closesText(told, closesAt)}</td>
                <td>
                  <Payload title="Values" text={valuesText(values)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {left > 0 && <p class="quiet">And {count(left, "window")} more, which close later.</p>}
    </section>
  );
}

/** Windows may be of any day, and follow UTC. */
const moment = (at: number) => (
  <time dateTime={new Date(at).toISOString()}>
    {new Date(at).toISOString().slice(0, 19).replace("T", " ")}
  </time>
);

function closesText({ watermark }: WindowsTold, closesAt: number): string {
  if (watermark === undefined) return "";
  return `in ${milliseconds(Math.max(0, closesAt - watermark))} of its time`;
}

const valuesText = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ");
