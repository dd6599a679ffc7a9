/** What has been counted, in bars that grow: the sample application's room. */
import { useEffect, useState } from "preact/hooks";
import type { ShownCounts } from "../../../start/counts.ts";
import { Scrolled, Trouble } from "./parts.tsx";
import { ask } from "./source.ts";
import { count, type Store } from "./store.ts";

const everyMs = 500;

export function CountsRoom({ store }: { readonly store: Store }) {
  const [shown, setShown] = useState<ShownCounts | undefined>();
  const [error, setError] = useState<string | undefined>();
  // One answer after the other, and not while nobody looks.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const look = async () => {
      if (!document.hidden) {
        try {
          setShown(await ask<ShownCounts>("counts"));
          setError(undefined);
        } catch (error) {
          setError((error as Error).message);
        }
      }
      if (!isOver) timer = setTimeout(look, everyMs);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  const most = Math.max(1, ...(shown?.airports.map(({ flights }) => flights) ?? []));
  const share = (n: number) => ({ width: `${(100 * n) / most}%` });
  return (
    <>
      <h1>Counts</h1>
      {error !== undefined && <Trouble>{error}</Trouble>}
      {shown && (
        <>
          <p>
            {count(shown.flights, "flight")} counted,{" "}
            <span class="recent">
              {shown.recent.toLocaleString("en")} in the last {shown.seconds} s
            </span>
            .
          </p>
          <table class="counts">
            <thead>
              <tr>
                <th scope="col">Airport</th>
                <th scope="col">Flights</th>
                <th scope="col">Last {shown.seconds} s</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {shown.airports.map(({ airport, flights, recent }) => (
                <tr key={airport}>
                  <th scope="row">{airport}</th>
                  <td>{flights.toLocaleString("en")}</td>
                  <td>{recent.toLocaleString("en")}</td>
                  <td class="bars" aria-hidden="true">
                    <span style={share(flights - recent)} />
                    <span class="new" style={share(recent)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {store.ended && <Scrolled title="How it ended" text={store.ended.text} />}
    </>
  );
}
