import { version } from "../../handler/version.ts";
import type { ParkingSteps } from "../batch-run.ts";
import { followedKeys, keyOf, knownKeys } from "./followed-keys.ts";
import {
  confirmParked,
  nameAsRedriven,
  parkHopeless,
  parkRecord,
  parkUnread,
  parkUnrun,
} from "./park-record.ts";
import { redrive } from "./redrive.ts";
import { runGuarded } from "./suspicion.ts";

/** What parking adds to the way of a batch. The place for parked records brings it along, as a progress store does. */
export const parkingSteps: ParkingSteps = {
  version,
  confirmParked,
  followedKeys,
  keyOf,
  knownKeys,
  nameAsRedriven,
  parkHopeless,
  parkRecord,
  redrive,
  runGuarded,
  parkUnread,
  parkUnrun,
};
