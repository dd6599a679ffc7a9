/** The records of a stream: browsed, searched, followed; put, and put again. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Fate } from "../src/events/dev-event.ts";
import type { RecordsAnswer, ShownRecord } from "../src/page/records.ts";
import { outcomeWords, RecordPayload, Time, Trouble } from "./parts.tsx";
import { act, ask, can, report } from "./source.ts";
import type { Store } from "./store.ts";
import { visible } from "./visible.ts";

/** Records on the page; beyond them the oldest go. */
const mostShown = 500;
const followMs = 500;

interface Draft {
  readonly partitionKey: string;
  readonly text: string;
  /** In base64, of a record that is put again: whatever bytes it has. */
  readonly data?: string;
}

export function RecordsRoom({ store }: { readonly store: Store }) {
  const streams = [...store.streams.keys()].sort();
  const [chosen, setChosen] = useState("");
  const stream = chosen || streams[0] || "";
  const [draft, setDraft] = useState<Draft>({ partitionKey: "", text: "" });
  return (
    <>
      <h1>Records</h1>
      <p class="controls">
        <label>
          Stream{" "}
          <select value={stream} onChange={(event) => setChosen(event.currentTarget.value)}>
            {streams.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </p>
      {can("put") && <PutForm stream={stream} draft={draft} change={setDraft} />}
      {stream !== "" && <Browser key={stream} store={store} stream={stream} again={setDraft} />}
    </>
  );
}

interface PutFormProps {
  readonly stream: string;
  readonly draft: Draft;
  readonly change: (draft: Draft) => void;
}

function PutForm({ stream, draft, change }: PutFormProps) {
  const [told, setTold] = useState<{ text: string; isBad: boolean } | undefined>();
  const put = async (event: Event) => {
    event.preventDefault();
    try {
      const { partitionKey, text, data } = draft;
      const place = await act<{ shardId: string; sequenceNumber: string }>("put", {
        ...{ stream, partitionKey },
        ...(data === undefined ? { text } : { data }),
      });
      setTold({ text: `Put into ${place.shardId} as ${place.sequenceNumber}.`, isBad: false });
    } catch (error) {
      setTold({ text: (error as Error).message, isBad: true });
    }
  };
  return (
    <section aria-labelledby="put">
      <h2 id="put">Put a record</h2>
      <form onSubmit={put}>
        <label>
          Partition key
          <input
            required
            value={draft.partitionKey}
            onInput={(event) => change({ ...draft, partitionKey: event.currentTarget.value })}
          />
        </label>
        <label>
          Data
          <textarea
            rows={3}
            value={draft.text}
            onInput={(event) =>
              // What is edited is text, whatever bytes it was.
              change({ partitionKey: draft.partitionKey, text: event.currentTarget.value })
            }
          />
        </label>
        <button type="submit">Put into {stream}</button>
        <output class={told?.isBad ? "error" : ""}>{told?.text}</output>
      </form>
    </section>
  );
}

interface BrowserProps {
  readonly store: Store;
  readonly stream: string;
  readonly again: (draft: Draft) => void;
}

function Browser({ store, stream, again }: BrowserProps) {
  const [from, setFrom] = useState("TRIM_HORIZON");
  const [search, setSearch] = useState("");
  const [shard, setShard] = useState("");
  const [isFollowing, setIsFollowing] = useState(!report);
  const [found, setFound] = useState<readonly ShownRecord[]>([]);
  const [state, setState] = useState<
    Pick<RecordsAnswer, "atTip" | "looked" | "next"> | undefined
  >();
  const [error, setError] = useState<string | undefined>();
  const fates = useFates(stream, store.fates);
  const shards = [...store.shards.values()].filter((one) => one.stream === stream);

  /** Which question it is: what an earlier one is answered comes too late. */
  const question = useRef(0);
  const read = async (place: string, before: readonly ShownRecord[]) => {
    const query = { stream, from: place, search, shard };
    const own = question.current;
    try {
      const answer = await ask<RecordsAnswer>("records", query);
      if (own !== question.current) return;
      setFound([...before, ...answer.records].slice(-mostShown));
      setState(answer);
      setError(undefined);
    } catch (error) {
      setError((error as Error).message);
    }
  };
  // Another question begins anew.
  useEffect(() => {
    question.current++;
    const soon = setTimeout(() => read(from, []), 150);
    return () => clearTimeout(soon);
  }, [stream, from, search, shard]);
  // One answer after the other.
  useEffect(() => {
    if (!isFollowing || !state || document.hidden) return;
    const next = setTimeout(() => read(state.next, found), state.atTip ? followMs : 0);
    return () => clearTimeout(next);
  }, [isFollowing, state]);

  return (
    <section aria-labelledby="browse">
      <h2 id="browse">Browse</h2>
      <p class="controls">
        <label>
          From{" "}
          <input
            list="places"
            value={from}
            onChange={(event) => setFrom(placeOf(event.currentTarget.value))}
          />
        </label>
        <datalist id="places">
          <option value="TRIM_HORIZON">the oldest</option>
          <option value="LATEST">the newest</option>
        </datalist>
        <label>
          Shard{" "}
          <select value={shard} onChange={(event) => setShard(event.currentTarget.value)}>
            <option value="">all</option>
            {shards.map(({ shardId }) => (
              <option key={shardId}>{shardId}</option>
            ))}
          </select>
        </label>
        <label>
          Search{" "}
          <input
            type="search"
            placeholder="key, id, number or text"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        {!report && (
          <label>
            <input
              type="checkbox"
              checked={isFollowing}
              onChange={(event) => setIsFollowing(event.currentTarget.checked)}
            />{" "}
            Follow
          </label>
        )}
        {state && !isFollowing && !(report && state.atTip) && (
          <button type="button" onClick={() => read(state.next, found)}>
            More
          </button>
        )}
      </p>
      <p class="quiet">
        From: TRIM_HORIZON, LATEST, a time such as 2026-11-29T16:00, or a sequence number.
        {state && !state.atTip && " There are more."}
      </p>
      {error !== undefined && <Trouble>{error}</Trouble>}
      <table>
        <thead>
          <tr>
            <th scope="col">Arrived</th>
            <th scope="col">Partition key</th>
            <th scope="col">Payload</th>
            <th scope="col">What became of it</th>
            <th scope="col">Shard, position</th>
            {can("put") && <th scope="col">Again</th>}
          </tr>
        </thead>
        <tbody>
          {[...found].reverse().map((record) => (
            <Row
              key={`${record.shardId} ${record.position}`}
              record={record}
              fate={fates.get(record.position) ?? record.fate}
              again={again}
            />
          ))}
        </tbody>
      </table>
      {state && found.length === 0 && <p class="quiet">No record is there that fits.</p>}
    </section>
  );
}

/** What has become of records since they were read, by position. */
function useFates(stream: string, told: number): ReadonlyMap<string, Fate> {
  const [known, setKnown] = useState({ fates: new Map<string, Fate>(), last: 0 });
  // Asked when there is something new.
  useEffect(() => {
    const soon = setTimeout(async () => {
      const query = { stream, after: String(known.last) };
      const { fates, last } = await ask<{ fates: Fate[]; last: number }>("fates", query);
      for (const fate of fates) known.fates.set(fate.position, fate);
      setKnown({ fates: known.fates, last });
    }, 100);
    return () => clearTimeout(soon);
  }, [told]);
  return known.fates;
}

/** A time as people write it, in the milliseconds that are asked for. */
function placeOf(text: string): string {
  const trimmed = text.trim();
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return trimmed;
  const at = Date.parse(trimmed);
  return Number.isNaN(at) ? trimmed : String(at);
}

interface RowProps {
  readonly record: ShownRecord;
  readonly fate: Fate | undefined;
  readonly again: (draft: Draft) => void;
}

function Row({ record, fate, again }: RowProps) {
  const { arrivedAt, data, partitionKey, position, shardId, text } = record;
  return (
    <tr>
      <td>
        <Time at={arrivedAt} />
      </td>
      <td>{visible(partitionKey)}</td>
      <td>
        <RecordPayload record={record} />
      </td>
      <td>
        {fate && (
          <>
            <span class={`fate ${fate.outcome}`}>{outcomeWords[fate.outcome] ?? fate.outcome}</span>{" "}
            <small>{visible(fate.why)}</small>
          </>
        )}
        {!fate && <small>nobody has told yet</small>}
      </td>
      <td>
        {shardId} <code class="position">{position}</code>
      </td>
      {can("put") && (
        <td>
          <button
            type="button"
            aria-label={`Put ${partitionKey} again: into the form`}
            onClick={() => {
              again({ partitionKey, text, data });
              scrollTo({ top: 0 });
            }}
          >
            Again
          </button>
        </td>
      )}
    </tr>
  );
}
