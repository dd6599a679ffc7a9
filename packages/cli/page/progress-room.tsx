/** What the progress logs say, entry by entry, in words. */
import { useState } from "preact/hooks";
import type { ShownEntry, ShownLog } from "../src/page/progress.ts";
import { Time, Trouble, useAsked } from "./parts.tsx";
import { ask } from "./source.ts";
import { count, type Store } from "./store.ts";

export function ProgressRoom({ store }: { readonly store: Store }) {
  const delivered = [...store.shards.values()]
    .flatMap((shard) => [...shard.lanes.values()])
    .reduce((sum, lane) => sum + lane.delivered, 0);
  const { answer, error } = useAsked(() => ask<ShownLog[]>("progress"), String(delivered));
  const [chosen, setChosen] = useState("");
  const log = answer?.find(({ name }) => name === chosen) ?? answer?.[0];
  return (
    <>
      <h1>Progress</h1>
      {error !== undefined && <Trouble>{error}</Trouble>}
      {answer?.length === 0 && (
        <p class="quiet">
          No log is there: nothing was processed yet, or no table of the template has the keys pk
          and sk.
        </p>
      )}
      {answer && answer.length > 0 && (
        <p class="controls">
          <label>
            Log{" "}
            <select value={log?.name} onChange={(event) => setChosen(event.currentTarget.value)}>
              {answer.map(({ consumer, name, shardId, stream }) => (
                <option key={name} value={name}>
                  {consumer}, {stream.split(":").at(-1)}, {shardId}
                </option>
              ))}
            </select>
          </label>
        </p>
      )}
      {log && <Log key={log.name} log={log} />}
    </>
  );
}

function Log({ log }: { readonly log: ShownLog }) {
  const [before, setBefore] = useState("");
  const query = { table: log.table, log: log.name, before };
  const { answer, error } = useAsked(
    () => ask<{ entries: ShownEntry[]; more: boolean }>("entries", query),
    `${log.name} ${log.entries.newest} ${before}`,
  );
  const oldest = answer?.entries.at(-1)?.n;
  return (
    <section aria-labelledby="entries">
      <h2 id="entries">
        {log.consumer} at {log.shardId}
      </h2>
      <p>
        {count(log.entries.count, "entry").replace("entrys", "entries")}, which name{" "}
        {count(log.names, "record")}, cost {log.writeUnits} write units
        {log.writeUnitsPer1000 !== undefined && `, ${log.writeUnitsPer1000} per 1,000 records`}.
        Everything up to <code class="position">{log.through ?? "nothing yet"}</code> is settled.
        {log.open.length > 0 && ` ${count(log.open.length, "record")} open.`}
        {log.parked.length > 0 && ` ${count(log.parked.length, "record")} parked.`}
      </p>
      {error !== undefined && <Trouble>{error}</Trouble>}
      <table>
        <thead>
          <tr>
            <th scope="col">Entry</th>
            <th scope="col">Appended</th>
            <th scope="col">What it says</th>
            <th scope="col">Write units</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {answer?.entries.map(({ at, kind, n, units, words, writer }) => (
            <tr key={n}>
              <td>
                {n} <small>{kind}</small>
              </td>
              <td>
                <Time at={at} />
              </td>
              <td>
                {words.map((sentence) => (
                  <div key={sentence}>
                    <Sentence text={sentence} />
                  </div>
                ))}
              </td>
              <td>{units}</td>
              <td title={writer}>{writer.split(":").at(-1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {answer?.more && oldest !== undefined && (
        <button type="button" onClick={() => setBefore(String(oldest))}>
          Older entries
        </button>
      )}
      {before !== "" && (
        <button type="button" onClick={() => setBefore("")}>
          The newest entries
        </button>
      )}
    </section>
  );
}

/** Its positions in small: they are long, and what is said of them is not. */
const Sentence = ({ text }: { readonly text: string }) => (
  <>
    {text
      .split(/(\d{20,}(?:\.\d+)?)/)
      .map((part, place) => (place % 2 === 1 ? <code class="position">{part}</code> : part))}
  </>
);
