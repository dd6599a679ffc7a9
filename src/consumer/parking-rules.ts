import { redrive } from "../park/redrive.ts";
import {
  confirmParked,
  isKeyParked,
  parkHopeless,
  parkRecord,
  parkUnread,
  parkUnrun,
} from "./park-record.ts";
import { runGuarded } from "./suspicion.ts";
import { version } from "./version.ts";

/**
 * What parking adds to the way of a batch. The `Parking` brings it along, so that a handler without
 * parking does not carry it.
 */
export const parkingRules = {
  version,
  confirmParked,
  isKeyParked,
  parkHopeless,
  parkRecord,
  redrive,
  runGuarded,
  parkUnread,
  parkUnrun,
};

export type ParkingRules = typeof parkingRules;
