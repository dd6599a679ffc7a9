/** Delivery streams: buffers that fill, and what was delivered, an object with what is in it. */
import { useState } from "preact/hooks";
import type { ShownDelivery } from "../src/page/deliveries.ts";
import { milliseconds, Scrolled, Time, Trouble, useAsked, useTick } from "./parts.tsx";
import { act, ask, can, report } from "./source.ts";
import { count, type DeliveredTold, type Store } from "./store.ts";

const shownEvents = 100;
const lookMs = 1_000;

export function DeliveriesRoom({ store }: { readonly store: Store }) {
  const second = useTick(lookMs);
  const { answer, error, again } = useAsked(
    () => ask<ShownDelivery[]>("deliveries"),
    report ? "" : String(second),
  );
  return (
    <>
      <h1>Deliveries</h1>
      {error !== undefined && <Trouble>{error}</Trouble>}
      {answer?.map((one) => (
        <Delivery key={one.name} store={store} shown={one} again={again} />
      ))}
    </>
  );
}

interface DeliveryProps {
  readonly store: Store;
  readonly shown: ShownDelivery;
  readonly again: () => void;
}

function Delivery({ store, shown, again }: DeliveryProps) {
  const { counts, hints, missing, name, waiting } = shown;
  const [error, setError] = useState<string | undefined>();
  const events = store.deliveries.filter(({ deliveryStream }) => deliveryStream === name);
  const flush = async () => {
    try {
      await act("flush", { name });
      setError(undefined);
    } catch (error) {
      setError((error as Error).message);
    }
    again();
  };
  return (
    <section aria-label={name}>
      <h2>{name}</h2>
      {missing !== undefined && <p class="error">{missing}</p>}
      {counts && (
        <p>
          Took {count(counts.incoming, "record")}: {counts.delivered} delivered, {counts.dropped}{" "}
          dropped, {counts.failed} failed{counts.lost > 0 && `, ${counts.lost} lost`}, and{" "}
          <b>{waiting} in its buffers</b>
          {waiting > 0 && hints !== "" && `, until ${hints}`}.
        </p>
      )}
      {waiting > 0 && can("flush") && (
        <p>
          <button type="button" onClick={flush} aria-label={`Deliver now what ${name} holds`}>
            Deliver now
          </button>
        </p>
      )}
      {error !== undefined && <Trouble>{error}</Trouble>}
      {events.length > 0 && <Events events={events.slice(0, shownEvents)} />}
    </section>
  );
}

function Events({ events }: { readonly events: readonly DeliveredTold[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">At</th>
          <th scope="col">What</th>
          <th scope="col">Records</th>
          <th scope="col">What came of it</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event, place) => (
          <tr key={`${event.at} ${event.type} ${events.length - place}`}>
            <td>
              <Time at={event.at} />
            </td>
            <td>{whatOf(event)}</td>
            <td>{event.records}</td>
            <td>
              <Came of={event} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const whats: Readonly<Record<string, string>> = {
  request: "request",
  outbox: "into the outbox",
  failedPut: "object not written",
  lost: "records lost",
};

const whatOf = (event: DeliveredTold) =>
  event.type === "delivery"
    ? whats[event.what]
    : event.type === "transform"
      ? "transformed"
      : "object";

function Came({ of: event }: { readonly of: DeliveredTold }) {
  if (event.type === "object") {
    return (
      <Preview bucket={event.bucket} name={event.key}>
        {event.bucket}/{event.key}
        <small>
          {" "}
          {count(event.bytes, "byte")}
          {event.holds !== "records" && `, ${event.holds}`}
        </small>
      </Preview>
    );
  }
  const wrong = event.error && (
    <span class="error">
      {event.error.type}: {event.error.message}
    </span>
  );
  if (event.type === "transform") {
    const { dropped, duration, failed, functionName } = event;
    return (
      <>
        {functionName}, {milliseconds(duration)}
        {dropped > 0 && `, ${dropped} dropped`}
        {failed > 0 && `, ${failed} failed`} {wrong}
      </>
    );
  }
  const { attempt, bucket, files, key, outcome, status } = event;
  return (
    <>
      {outcome}
      {status !== undefined && ` with ${status}`}
      {attempt !== undefined && attempt > 1 && `, attempt ${attempt}`}
      {files?.join(", ")}
      {bucket !== undefined && `${bucket}/${key}`} {wrong}
    </>
  );
}

interface PreviewProps {
  readonly bucket: string;
  readonly name: string;
  readonly children: preact.ComponentChildren;
}

/** What is in an object, once somebody wants to know. */
export function Preview({ bucket, name, children }: PreviewProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (report) return <>{children}</>;
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{children}</summary>
      {isOpen && <Inside bucket={bucket} name={name} />}
    </details>
  );
}

function Inside({ bucket, name }: { readonly bucket: string; readonly name: string }) {
  const { answer, error } = useAsked(
    () => ask<{ title: string; text: string }>("object", { bucket, key: name }),
    `${bucket}/${name}`,
  );
  if (error !== undefined) return <Trouble>{error}</Trouble>;
  return answer ? <Scrolled title={answer.title} text={answer.text || answer.title} /> : null;
}
