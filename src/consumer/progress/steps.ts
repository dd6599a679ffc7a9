import { version } from "../../handler/version.ts";
import type { ProgressSteps } from "../batch-run.ts";
import { findAbandoned } from "./abandoned.ts";
import { failuresBefore } from "./attempts.ts";
import { staleClaims } from "./claim.ts";
import { identify } from "./identify.ts";
import { takeLease } from "./lease.ts";
import { naming } from "./naming.ts";
import { remember } from "./remember.ts";
import { save } from "./save.ts";
import { isNamedByPosition, screen } from "./screen.ts";
import { takeOver } from "./take-over.ts";

/** What progress adds to the way of a batch. The store brings it along, so that a handler without progress does not carry it. */
export const progressSteps: ProgressSteps = {
  version,
  failuresBefore,
  findAbandoned,
  identify,
  isNamedByPosition,
  naming,
  remember,
  save,
  screen,
  staleClaims,
  takeLease,
  takeOver,
};
