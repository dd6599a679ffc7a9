/** Where in which file a record stands, and how that place is kept. */
import type { Clock } from "../../../../src/time/clock.ts";
import type { Layout } from "../input/index.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import type { ResumedFile } from "./follow.ts";

export interface Place {
  readonly name: string;
  readonly offset: number;
  readonly line: number;
  readonly file?: ResumedFile | undefined;
  readonly layout?: Layout | undefined;
}

const savePeriodMs = 1000;

export interface Keeper {
  /** Saves a last time. Rejects when it cannot. */
  end(): Promise<void>;
}

/** Saves the place that everything before was put of, now and then. `onError`: it could not be saved. */
export function keepPlace(
  checkpoint: string,
  stream: string,
  place: () => Place | undefined,
  clock: Clock,
  onError: (error: unknown) => void,
): Keeper {
  const ended = new AbortController();
  let saved: Place | undefined;
  const save = async () => {
    const now = place();
    if (!now?.file || now === saved) return;
    const { file, offset, line, layout } = now;
    const head = file.head.upTo(offset);
    await saveCheckpoint(checkpoint, { stream, inode: file.inode, head, offset, line, layout });
    saved = now;
  };
  const saving = (async () => {
    while (!ended.signal.aborted) {
      await clock.sleep(savePeriodMs, ended.signal).catch(() => {});
      await save();
    }
  })();
  saving.catch(onError);
  return {
    async end() {
      ended.abort();
      await saving.catch(() => {});
      await save();
    },
  };
}
