import { redrive } from "../park/redrive.ts";
import { confirmParked, parkHopeless, parkRecord, whyUnrun } from "./park-record.ts";
import { runGuarded } from "./suspicion.ts";

/**
 * What parking adds to the way of a batch. The `Parking` brings it along, so that a handler without
 * parking does not carry it.
 */
export const parkingRules = {
  confirmParked,
  parkHopeless,
  parkRecord,
  redrive,
  runGuarded,
  whyUnrun,
};

export type ParkingRules = typeof parkingRules;
