/** One batch: its deliveries, what became of each record and why, what the function wrote and answered. */
import type { BatchTold, Fate } from "../src/events/dev-event.ts";
import type { BatchDetail } from "../src/page/feed.ts";
import type { ShownRecord } from "../src/page/records.ts";
import { clock } from "./clock.ts";
import {
  BatchLink,
  batchAddress,
  milliseconds,
  Outcome,
  outcomeWords,
  Payload,
  RecordPayload,
  Scrolled,
  Time,
  Trouble,
  useAsked,
} from "./parts.tsx";
import { Calls } from "./sinks-room.tsx";
import { ask } from "./source.ts";
import { batchKey, type Store } from "./store.ts";
import { visible } from "./visible.ts";

interface BatchAnswer extends BatchDetail {
  readonly records: readonly ShownRecord[];
  readonly left: number;
}

interface BatchRoomProps {
  readonly store: Store;
  readonly functionName: string;
  readonly requestId: string;
}

export function BatchRoom({ store, functionName, requestId }: BatchRoomProps) {
  const batch = store.batches.get(batchKey(functionName, requestId));
  const key = `${functionName} ${requestId} ${batch?.deliveries.length} ${JSON.stringify(batch?.counts)}`;
  const { answer, error } = useAsked(
    () => ask<BatchAnswer>("batch", { function: functionName, request: requestId }),
    key,
  );
  const parent = batch?.parent && store.batches.get(batchKey(functionName, batch.parent));
  return (
    <>
      <h1>A batch of {functionName}</h1>
      <p class="quiet">
        Request {requestId}
        {batch && `, ${batch.stream} ${batch.shardId}`}
      </p>
      {parent && (
        <p>
          It is a part of <a href={batchAddress(parent)}>another batch</a>:{" "}
          <BatchLink batch={parent} />
        </p>
      )}
      {error !== undefined && !answer && <Trouble>{error}</Trouble>}
      {answer && (
        <>
          <Deliveries deliveries={answer.deliveries} />
          {batch && batch.children.length > 0 && (
            <section aria-labelledby="parts">
              <h2 id="parts">What it was cut into</h2>
              <ul>
                {batch.children.map((key) => {
                  const child = store.batches.get(key);
                  return (
                    child && (
                      <li key={key}>
                        <BatchLink batch={child} />
                      </li>
                    )
                  );
                })}
              </ul>
            </section>
          )}
          <Records answer={answer} />
          <Asked calls={answer.calls} />
          <Logs logs={answer.logs} />
        </>
      )}
    </>
  );
}

const steps: Readonly<Record<BatchTold["next"]["step"], string>> = {
  done: "nothing: all of it is settled",
  rest: "what is not done, at once, as a batch of its own",
  halves: "both halves, at once",
  discarded: "nothing: it has used up its attempts, and was given up",
  retry: "the same batch",
};

const nextText = ({ next }: BatchTold) =>
  `${steps[next.step]}${next.step === "retry" ? `, after ${milliseconds(next.pause)}` : ""}`;

function Deliveries({ deliveries }: { readonly deliveries: readonly BatchTold[] }) {
  return (
    <section aria-labelledby="deliveries">
      <h2 id="deliveries">Deliveries</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Attempt</th>
            <th scope="col">Records</th>
            <th scope="col">Outcome</th>
            <th scope="col">Took</th>
            <th scope="col">Answer, or error</th>
            <th scope="col">What comes next</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((one) => (
            <tr key={one.at}>
              <td>
                <Time at={one.at} />
              </td>
              <td>{one.attempt}</td>
              <td>{one.batchSize}</td>
              <td>
                <Outcome of={one.outcome} />
              </td>
              <td>{milliseconds(one.duration)}</td>
              <td>
                {one.error ? (
                  <Payload
                    title={one.error.type}
                    text={one.error.trace?.join("\n") || `${one.error.type}: ${one.error.message}`}
                  />
                ) : (
                  <Payload title="Answer" text={JSON.stringify(one.response) ?? "nothing"} />
                )}
              </td>
              <td>{nextText(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Records({ answer }: { readonly answer: BatchAnswer }) {
  const fates = new Map<string, Fate>();
  for (const one of answer.fates) for (const fate of one.records) fates.set(fate.position, fate);
  const positions =
    answer.records.length > 0 ? answer.records.map(({ position }) => position) : [...fates.keys()];
  const shown = new Map(answer.records.map((record) => [record.position, record]));
  return (
    <section aria-labelledby="records">
      <h2 id="records">Records</h2>
      {answer.fates.length === 0 && (
        <p class="quiet">
          What became of each is not known: the function is no kinesisConsumer, or its invocation
          did not come to its end.
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">Partition key</th>
            <th scope="col">What became of it</th>
            <th scope="col">Why</th>
            <th scope="col">Payload</th>
            <th scope="col">Position</th>
          </tr>
        </thead>
        <tbody>
          {positions.map((position) => {
            const record = shown.get(position);
            const fate = fates.get(position);
            return (
              <tr key={position}>
                <td>{visible(record?.partitionKey ?? fate?.partitionKey ?? "")}</td>
                <td>
                  {fate && (
                    <span class={`fate ${fate.outcome}`}>
                      {outcomeWords[fate.outcome] ?? fate.outcome}
                    </span>
                  )}
                </td>
                <td>{visible(fate?.why ?? "")}</td>
                <td>{record && <RecordPayload record={record} />}</td>
                <td>
                  <code class="position">{position}</code>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {answer.left > 0 && <p class="quiet">And {answer.left} more.</p>}
    </section>
  );
}

function Asked({ calls }: Pick<BatchAnswer, "calls">) {
  if (calls.length === 0) return null;
  return (
    <section aria-labelledby="asked">
      <h2 id="asked">What it asked of other services</h2>
      <Calls calls={calls} />
    </section>
  );
}

function Logs({ logs }: Pick<BatchAnswer, "logs">) {
  const lines = logs.filter(({ line }) => !line.startsWith('{"_aws"'));
  return (
    <section aria-labelledby="log">
      <h2 id="log">What it wrote</h2>
      {lines.length === 0 ? (
        <p class="quiet">Nothing.</p>
      ) : (
        <Scrolled
          title="Log lines"
          text={lines.map(({ at, line }) => `${clock(at)}  ${line}\n`).join("")}
        />
      )}
    </section>
  );
}
