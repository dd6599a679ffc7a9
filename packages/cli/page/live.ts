/** A running command: its events as they come, from where the page stopped, and not while nobody looks. */
import type { PageEvent } from "../src/page/feed.ts";
import type { Connection, Source } from "./source.ts";

/** The token, which is taken out of the address so that it is not handed on with it. */
const takeToken = (): string => {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given === null) return sessionStorage.getItem("token") ?? "";
  sessionStorage.setItem("token", given);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
  return given;
};

export function liveSource(): Source {
  const token = takeToken();
  const headers = { "x-shardmill-token": token };
  return {
    listen: (hear, changed) => listen(token, hear, changed),
    ask: async (name, query) =>
      answerOf(await fetch(`/api/${name}?${new URLSearchParams(query)}`, { headers })),
    act: async (name, input) =>
      answerOf(
        await fetch(`/api/${name}`, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify(input),
        }),
      ),
  };
}

/** An origin has six connections, and a hidden tab needs none of them. */
function listen(
  token: string,
  hear: (events: readonly PageEvent[]) => void,
  changed: (connection: Connection) => void,
): void {
  let source: EventSource | undefined;
  let last = "0";

  function open(): void {
    if (source || document.hidden) return;
    changed("connecting");
    source = new EventSource(`/api/events?token=${token}&after=${last}`);
    source.onopen = () => changed("live");
    source.onmessage = ({ data, lastEventId }) => {
      last = lastEventId;
      hear(JSON.parse(data));
    };
    source.onerror = () => {
      // The browser tries again by itself, unless it was refused.
      const isOver = source?.readyState === EventSource.CLOSED;
      changed(isOver ? "refused" : "lost");
    };
  }

  function close(): void {
    source?.close();
    source = undefined;
    changed("hidden");
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}

async function answerOf<T>(response: Response): Promise<T> {
  const answer = await response.json();
  if (response.ok) return answer;
  throw new Error(answer.message ?? `It answered ${response.status}.`);
}
