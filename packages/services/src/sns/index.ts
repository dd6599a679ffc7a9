/** SNS in this process, and as a server. */
export { SnsError } from "./error.ts";
export type { NewNotification, Published } from "./message.ts";
export { type SnsServerOptions, serveSns } from "./server.ts";
export {
  createSns,
  type Sns,
  type SnsOptions,
  type Topic,
  type TopicAttributes,
  type Undelivered,
} from "./sns.ts";
export type { Subscription, SubscriptionAttributes } from "./subscription.ts";
