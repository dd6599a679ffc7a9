/** Tells when one of a set of files is saved, however an editor saves: in place, or by renaming. */
import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

export interface FileWatch {
  /**
   * The files to watch from now on, absolute. Those of the last call are forgotten. A new one that
   * was saved after `since` (epoch milliseconds) counts as a change.
   */
  set(files: Iterable<string>, since: number): void;
  /** Until the next `set`, files that come or go in these folders count too: what is missing may be about to come. */
  anyNew(): void;
  close(): void;
}

/** Editors write in several steps; so many milliseconds of quiet make one change of them. */
const quiet = 30;

/**
 * Calls `changed` with the files that were saved, once for each bout of saving; `failed` where the
 * system does not watch a folder, which has its limits.
 */
export function watchFiles(
  changed: (files: readonly string[]) => void,
  failed: (error: Error) => void,
): FileWatch {
  const folders = new Map<string, FSWatcher>();
  /** By file: what it looked like. */
  const seen = new Map<string, string>();
  const touched = new Set<string>();
  let loose = false;
  let timer: NodeJS.Timeout | undefined;

  function touch(file: string, isNew = false): void {
    if (!seen.has(file) && !(loose && isNew)) return;
    touched.add(file);
    clearTimeout(timer);
    timer = setTimeout(settle, quiet);
  }

  function settle(): void {
    const saved = [...touched].filter((file) => look(file) !== seen.get(file));
    touched.clear();
    for (const file of saved) if (seen.has(file)) seen.set(file, look(file));
    if (saved.length > 0) changed(saved);
  }

  function watchFolder(folder: string): void {
    if (folders.has(folder)) return;
    try {
      const watcher = watch(folder, (type, name) => {
        if (name !== null) return touch(join(folder, name), type === "rename");
        for (const file of seen.keys()) if (dirname(file) === folder) touch(file);
      });
      // A folder that goes takes its files with it; the build will say so.
      watcher.on("error", () => watcher.close());
      folders.set(folder, watcher);
    } catch (error) {
      // A folder that is not there has no files either.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") failed(error as Error);
    }
  }

  return {
    set(files, since) {
      loose = false;
      const known = new Map(seen);
      seen.clear();
      for (const file of files) {
        const savedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
        seen.set(file, known.get(file) ?? (savedAt >= since ? "" : look(file)));
        if (!known.has(file) && savedAt >= since) touch(file);
      }
      const wanted = new Set([...seen.keys()].map((file) => dirname(file)));
      for (const [folder, watcher] of folders) {
        if (wanted.has(folder)) continue;
        watcher.close();
        folders.delete(folder);
      }
      for (const folder of wanted) watchFolder(folder);
    },
    anyNew() {
      loose = true;
    },
    close() {
      clearTimeout(timer);
      for (const watcher of folders.values()) watcher.close();
      folders.clear();
    },
  };
}

/** "": it is not there. */
function look(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : "";
}
