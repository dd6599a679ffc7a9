/** A template, brought up on one machine. */
export { isLocal } from "../../../services/src/firehose/destination/send-request.ts";
export { awsServices } from "./aws-services.ts";
export type { HandlerCode } from "./built-code.ts";
export { type RefusedCall, refusalText } from "./closed-services.ts";
export { type DeliveryServers, deliveryStreamsOf } from "./delivery-streams.ts";
export type {
  BatchEvent,
  CallEvent,
  CheckpointEvent,
  DeliveringEvent,
  DeliveryEvent,
  DiscardedEvent,
  FatesEvent,
  FaultEvent,
  InvocationEvent,
  LogEvent,
  MachineEvent,
  ObjectEvent,
  PutEvent,
  ReshardEvent,
  TransformEvent,
} from "./events.ts";
export { type FaultCounts, type Faults, seededFaults } from "./faults.ts";
export { type AskedFault, type FaultsByHand, faultsByHand } from "./faults-by-hand.ts";
export { watchFiles } from "./file-watch.ts";
export {
  buildHandler,
  type WatchedHandler,
  watchHandler,
} from "./handler-code.ts";
export { type Machine, type MachineOptions, startMachine } from "./machine.ts";
export type { MapOptions } from "./mapping-options.ts";
export { PortError } from "./port-error.ts";
export type { PythonOptions } from "./python/environment.ts";
export {
  type ReplayOptions,
  type ReplayRecord,
  type ReplayResult,
  replay,
} from "./replay.ts";
export {
  type DeliveryReplayOptions,
  type DeliveryReplayResult,
  replayDelivery,
} from "./replay-delivery.ts";
export { type Services, type ServicesOptions, startServices } from "./services.ts";
export {
  type Credentials,
  type Endpoints,
  endpointVariables,
  type LetThrough,
  type LocalService,
  localServices,
} from "./variables.ts";
export { type CallsWatch, watchCalls } from "./watch-calls.ts";
