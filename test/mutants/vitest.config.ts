/**
 * The tests of a room, in the order in which they notice mutants soonest: the files first that noticed the last mutants, since the next one
 * stands beside those; then the quick ones, and those that ask the room itself. Most mutants need one file then, and only those that live need all.
 */
import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestSpecification } from "vitest/node";
import base from "../../vitest.config.ts";
import { rooms } from "./rooms.ts";

/** The run in which a file last failed, counted from 1. */
const failedIn = new Map<string, number>();
/** How long a file takes, as long as all of its tests ran. */
const milliseconds = new Map<string, number>();
let run = 0;

const watcher: Reporter = {
  onTestRunStart() {
    run++;
  },
  onTestModuleEnd(module) {
    const { moduleId } = module;
    if (module.state() === "failed") failedIn.set(moduleId, run);
    if (!milliseconds.has(moduleId)) milliseconds.set(moduleId, module.diagnostic().duration);
  },
};

/** Whether a file names modules of the room, and so asks them alone. */
const isNear = (file: string) => {
  const text = readFileSync(file, "utf8");
  return sources.some((source) => text.includes(`../${source}/`));
};

class NoticingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const failed = ({ moduleId }: TestSpecification) => failedIn.get(moduleId) ?? 0;
    const duration = ({ moduleId }: TestSpecification) => {
      const ms = milliseconds.get(moduleId) ?? 0;
      return isNear(moduleId) ? ms / 10 : ms;
    };
    return files.toSorted((a, b) => failed(b) - failed(a) || duration(a) - duration(b));
  }
}

/** One room in one worker needs no projects. */
const { projects: _, ...settings } = base.test!;
const { sources, tests } = rooms[process.env.MUTANTS_ROOM!]!;

export default defineConfig({
  ...base,
  test: {
    ...settings,
    include: [...tests],
    setupFiles: ["test/mutants/setup.ts"],
    // Importing the program for each file took most of the time.
    isolate: false,
    retry: 2,
    reporters: [watcher],
    sequence: { sequencer: NoticingFirst },
  },
});
