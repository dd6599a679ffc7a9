/** The fan-out consumer of a stream: the one that is there under its name, or a new one. It stays registered: others read with it. */
import type { Clock } from "../../time/clock.ts";
import { mayPass } from "../patience.ts";
import type { Stream, StreamConsumer } from "./stream.ts";

export interface Consumer {
  /** Its ARN, once it is active. Rejects where it cannot be had. */
  arn(): Promise<string>;
  /** There is none with this ARN any more: the next question looks again. */
  forget(arn: string): void;
}

/** A consumer is active within seconds of its registration. */
const tries = 60;
const pause = 1000;

export function consumerOf(
  stream: Pick<Stream, "consumer" | "register">,
  name: string,
  clock: Pick<Clock, "after">,
): Consumer {
  let asked: Promise<string> | undefined;
  let known: string | undefined;

  /** Another worker may be faster, and the stream may be busy with a reshard: both pass. */
  const isPassing = (error: unknown) =>
    mayPass(error) || (error as Error).name === "ResourceInUseException";

  async function look(): Promise<StreamConsumer> {
    return (await stream.consumer(name)) ?? (await stream.register(name));
  }

  async function find(): Promise<string> {
    let why: unknown;
    for (let count = 0; count < tries; count++) {
      if (count > 0) await new Promise<void>((resolve) => clock.after(pause, resolve));
      try {
        const { arn, isActive } = await look();
        if (isActive) return arn;
        why = undefined;
      } catch (error) {
        if (!isPassing(error)) throw error;
        why = error;
      }
    }
    throw new Error(
      `The fan-out consumer ${name} could not be had within ${(tries * pause) / 1000} s: ${(why as Error)?.message ?? "it did not become active."}`,
      { cause: why },
    );
  }

  return {
    arn() {
      asked ??= find().then(
        (arn) => {
          known = arn;
          return arn;
        },
        (error) => {
          asked = undefined;
          throw error;
        },
      );
      return asked;
    },
    forget(arn) {
      if (known === arn) asked = known = undefined;
    },
  };
}
