import { version } from "../../handler/version.ts";
import type { ProgressSteps } from "../batch-run.ts";
import { findAbandoned } from "./abandoned.ts";
import { failuresBefore } from "./attempts.ts";
import { begin } from "./begin.ts";
import { identify } from "./identify.ts";
import { naming } from "./naming.ts";
import { remember, tryToRemember } from "./remember.ts";
import { isSliceDue, save } from "./save.ts";
import { isNamedByPosition } from "./screen.ts";
import { warn } from "./warn.ts";

/** What progress adds to the way of a batch. The store brings it along, so that a handler without progress does not carry it. */
export const progressSteps: ProgressSteps = {
  version,
  begin,
  failuresBefore,
  findAbandoned,
  identify,
  isNamedByPosition,
  isSliceDue,
  naming,
  remember,
  save,
  tryToRemember,
  warn,
};
