/** What is parked, why, and how it comes back. */
import { useEffect, useState } from "preact/hooks";
import type { ShownParked } from "../src/page/parked.ts";
import { Payload, Time, Trouble, useAsked } from "./parts.tsx";
import { act, ask, can } from "./source.ts";
import { count, type Store } from "./store.ts";
import { visible } from "./visible.ts";

interface Redriven {
  readonly told: readonly {
    readonly outcome: string;
    readonly id?: string;
    readonly what?: string;
  }[];
  readonly notes: readonly string[];
}

const states: Readonly<Record<ShownParked["state"], string>> = {
  parked: "parked, and not yet confirmed",
  confirmed: "parked",
  redriving: "being redriven",
  redriven: "redriven",
};

export function ParkedRoom({ store }: { readonly store: Store }) {
  const { answer, error, again } = useAsked(
    () => ask<ShownParked[]>("parked"),
    String(store.parked),
  );
  const [told, setTold] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const waiting = (answer ?? []).filter(({ state }) => state !== "redriven");
  // What came back is not parked any more, and no event says so.
  useEffect(() => {
    if (answer) store.parked = waiting.length;
  }, [answer]);
  const groups = new Map<string, ShownParked[]>();
  for (const one of waiting) {
    const key = `${one.table ?? ""} ${one.bucket ?? ""} ${one.consumer}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }

  async function redrive({ bucket, consumer, table }: ShownParked, ids: readonly string[]) {
    setIsBusy(true);
    setTold("Redriving…");
    try {
      const { notes, told } = await act<Redriven>("redrive", { bucket, consumer, table, ids });
      const words = told.map(({ outcome, what }) => `${outcome}${what ? `: ${what}` : ""}`);
      setTold([...words, ...notes].join("; ") || "Nothing was there to come back.");
    } catch (error) {
      setTold((error as Error).message);
    }
    setIsBusy(false);
    again();
  }

  return (
    <>
      <h1>Parked</h1>
      {error !== undefined && <Trouble>{error}</Trouble>}
      <p role="status">{told}</p>
      {answer && waiting.length === 0 && <p class="quiet">Nothing is parked.</p>}
      {[...groups].map(([key, items]) => (
        <section key={key} aria-label={`Parked of ${items[0]!.consumer}`}>
          <h2>
            {items[0]!.consumer}: {count(items.length, "record")}{" "}
            <small>in {items[0]!.table ?? `the bucket ${items[0]!.bucket}`}</small>
          </h2>
          {can("redrive") && (
            <p>
              <button type="button" disabled={isBusy} onClick={() => redrive(items[0]!, [])}>
                Redrive all of {items[0]!.consumer}
              </button>
            </p>
          )}
          <Items items={items} isBusy={isBusy} redrive={(one) => redrive(one, [one.id])} />
        </section>
      ))}
    </>
  );
}

interface ItemsProps {
  readonly items: readonly ShownParked[];
  readonly isBusy: boolean;
  readonly redrive: (item: ShownParked) => void;
}

function Items({ items, isBusy, redrive }: ItemsProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Parked</th>
          <th scope="col">Partition key</th>
          <th scope="col">Attempts</th>
          <th scope="col">Error</th>
          <th scope="col">Payload</th>
          <th scope="col">Where it came from</th>
          {can("redrive") && <th scope="col">Redrive</th>}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id}>
            <td>
              <Time at={item.parkedAt} /> <small>{states[item.state]}</small>
            </td>
            <td>{visible(item.partitionKey ?? "in the stream")}</td>
            <td>{item.attempts}</td>
            <td class="error">{visible(`${item.error.name}: ${item.error.message}`)}</td>
            <td>
              {item.payload ? (
                <Payload title={item.payload.title} text={item.payload.text} />
              ) : (
                item.where
              )}
            </td>
            <td>
              {item.stream} {item.shardId} <code class="position">{item.position}</code>
            </td>
            {can("redrive") && (
              <td>
                <button
                  type="button"
                  disabled={isBusy}
                  aria-label={`Redrive ${item.partitionKey ?? item.position}`}
                  onClick={() => redrive(item)}
                >
                  Redrive
                </button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
