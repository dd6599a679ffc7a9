import { findAbandoned } from "./abandoned.ts";
import { staleClaims } from "./claim.ts";
import { identify } from "./identify.ts";
import { takeLease } from "./lease.ts";
import { remember } from "./remember.ts";
import { save } from "./save.ts";
import { isNamedByPosition, screen } from "./screen.ts";
import { version } from "./version.ts";

/**
 * What progress adds to the way of a batch. The `ProgressStore` brings it along, so that a handler
 * without progress does not carry it.
 */
export const progressRules = {
  version,
  findAbandoned,
  identify,
  isNamedByPosition,
  remember,
  save,
  screen,
  staleClaims,
  takeLease,
};

export type ProgressRules = typeof progressRules;
