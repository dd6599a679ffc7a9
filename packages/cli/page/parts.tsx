/** What several rooms show. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ShownRecord } from "../src/page/records.ts";
import { clock } from "./clock.ts";

export { milliseconds } from "./clock.ts";

import { glyphs } from "./lanes.ts";
import type { BatchView, Delivery } from "./store.ts";
import { count } from "./store.ts";
import { visible } from "./visible.ts";

export function Time({ at }: { readonly at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>;
}

export const bytesText = (bytes: number): string =>
  bytes < 1_000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${(bytes / 1_000).toFixed(1)} kB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`;

const outcomes: Readonly<Record<Delivery["outcome"], string>> = {
  success: "done",
  partial: "done in part",
  failure: "failed",
  throttle: "throttled",
  tooLarge: "too large",
};

export function Outcome({ of }: { readonly of: Delivery["outcome"] }) {
  return (
    <span class={`outcome ${of}`}>
      <span aria-hidden="true">{glyphs[of]} </span>
      {outcomes[of]}
    </span>
  );
}

export const batchAddress = ({
  functionName,
  requestId,
}: Pick<BatchView, "functionName" | "requestId">) =>
  `#/batch/${encodeURIComponent(functionName)}/${encodeURIComponent(requestId)}`;

export function BatchLink({ batch }: { readonly batch: BatchView }) {
  const last = batch.deliveries.at(-1);
  return (
    <>
      <a href={batchAddress(batch)}>{last ? count(last.batchSize, "record") : "a batch"}</a>{" "}
      {last && <Outcome of={last.outcome} />}
      {batch.deliveries.length > 1 && `, attempt ${last?.attempt ?? ""}`}
      {batch.counts && countsText(batch.counts)}
      {last?.error && <span class="error"> {visible(last.error.message.split("\n")[0]!)}</span>}
    </>
  );
}

export const outcomeWords: Readonly<Record<string, string>> = {
  notBegun: "not begun",
  givenBack: "given back",
};

const countsText = (counts: NonNullable<BatchView["counts"]>) => {
  const told = Object.entries(counts).filter(([name]) => name !== "processed");
  if (told.length === 0) return "";
  return ` (${told.map(([name, n]) => `${n} ${outcomeWords[name] ?? name}`).join(", ")})`;
};

/** Text of somebody else: shown as it is, whatever it says. */
export function Payload({ title, text: given }: { readonly title: string; readonly text: string }) {
  const text = visible(given);
  if (text.length <= 80 && !text.includes("\n")) return <code>{text}</code>;
  return (
    <details>
      <summary>
        {title}: <code>{text.replace(/\s+/g, " ").slice(0, 60)}…</code>
      </summary>
      <Scrolled title={title} text={text} />
    </details>
  );
}

/** A record's payload as its function's decoder reads it, or else as the bytes say; both where the decoder fails. */
export function RecordPayload({ record }: { readonly record: ShownRecord }) {
  const { decoded, text, title } = record;
  if (!decoded) return <Payload title={title} text={text} />;
  const { by, dropped, error, text: read } = decoded;
  if (read !== undefined) return <Payload title={`${title}, as ${by} decodes it`} text={read} />;
  const why = dropped ? `${by} leaves it out.` : `${by} cannot decode it: ${error ?? ""}`;
  return (
    <>
      <Payload title={title} text={text} />
      <div class={dropped ? "quiet" : "error"}>{visible(why)}</div>
    </>
  );
}

/** Text that may scroll, which the keyboard must reach. */
export function Scrolled({ title, text }: { readonly title: string; readonly text: string }) {
  const reached = { tabIndex: 0, role: "region", "aria-label": title } as const;
  return <pre {...reached}>{visible(text)}</pre>;
}

/** Asks, and asks again when `key` changes. */
export function useAsked<T>(
  question: () => Promise<T>,
  key: string,
): {
  readonly answer: T | undefined;
  readonly error: string | undefined;
  readonly again: () => void;
} {
  const [state, setState] = useState<{ answer?: T; error?: string }>({});
  const [round, setRound] = useState(0);
  // The question is told by its key.
  useEffect(() => {
    let isOld = false;
    question().then(
      (answer) => isOld || setState({ answer }),
      (error) => isOld || setState((before) => ({ ...before, error: error.message })),
    );
    return () => {
      isOld = true;
    };
  }, [key, round]);
  return { answer: state.answer, error: state.error, again: () => setRound((n) => n + 1) };
}

export function Trouble({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="error" role="alert">
      {children}
    </p>
  );
}

/** A number that changes every so many milliseconds, for what passes while nothing happens. */
export function useTick(ms: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
