/** Faults by a button: what goes wrong when somebody asks for it, and what did. */

import type { AskedFault } from "@shardmill/local/rig";
import { useState } from "preact/hooks";
import { Time, Trouble } from "./parts.tsx";
import { act, can } from "./source.ts";
import type { Store } from "./store.ts";

const shown = 10;

export function Faults({ store }: { readonly store: Store }) {
  return (
    <section aria-labelledby="faults">
      <h2 id="faults">Faults</h2>
      {can("fault") && <Buttons functions={store.ready?.functions ?? []} />}
      <ul>
        {store.faults.slice(0, shown).map(({ at, shardId, text }) => (
          <li key={`${at} ${text}`}>
            <Time at={at} /> {text} {shardId !== undefined && <small>{shardId}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Buttons({ functions }: { readonly functions: readonly string[] }) {
  const [chosen, setChosen] = useState("");
  const [records, setRecords] = useState("3");
  const [seconds, setSeconds] = useState("10");
  const [error, setError] = useState<string | undefined>();
  const functionName = chosen || functions[0] || "";
  const ask = async (fault: AskedFault) => {
    try {
      await act("fault", fault);
      setError(undefined);
    } catch (error) {
      setError((error as Error).message);
    }
  };
  return (
    <>
      <p class="quiet">Something goes wrong on purpose, so that you see what comes of it.</p>
      <p class="controls">
        <label>
          Function{" "}
          <select value={functionName} onChange={(event) => setChosen(event.currentTarget.value)}>
            {functions.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => ask({ fault: "kill", functionName })}>
          Kill its environment
        </button>
        <button type="button" onClick={() => ask({ fault: "loseAnswer", functionName })}>
          Lose its answer
        </button>
        <span class="group">
          <button
            type="button"
            onClick={() => ask({ fault: "failRecords", functionName, records: Number(records) })}
          >
            Fail records
          </button>
          <input
            type="number"
            min="1"
            max="1000"
            aria-label="How many records fail"
            value={records}
            onInput={(event) => setRecords(event.currentTarget.value)}
          />
        </span>
        <span class="group">
          <button
            type="button"
            onClick={() => ask({ fault: "throttleTables", seconds: Number(seconds) })}
          >
            Throttle the tables
          </button>
          <input
            type="number"
            min="1"
            max="300"
            aria-label="For how many seconds tables are throttled"
            value={seconds}
            onInput={(event) => setSeconds(event.currentTarget.value)}
          />
          s
        </span>
      </p>
      {error !== undefined && <Trouble>{error}</Trouble>}
    </>
  );
}
