/** The parking as one environment sees it: each call crosses a seam, and the checker looks on. */
import type { Parking } from "../../src/park/parking.ts";
import type { Environment } from "./environment.ts";
import { positionOf, progressTable } from "./log-view.ts";
import { clientOf } from "./progress-seam.ts";
import type { ConsumerSetup } from "./scenario.ts";
import type { World } from "./world.ts";

export const bucket = "parked";
export const queueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/parked";

export function parkingOf(world: World, environment: Environment, setup: ConsumerSetup): Parking {
  const { book } = world;
  const isMemory = setup.park!.store === "memory";
  const parking = storeOf(world, environment, setup);
  const call = async (
    what: string,
    position: Parameters<Parking["park"]>[0],
    run: () => Promise<unknown>,
  ): Promise<void> => {
    if (world.happens("park")) {
      book.fault(environment.id, `cannot ${what} ${position.sequenceNumber}`);
      throw new Error("the parking place is closed");
    }
    if (isMemory) await environment.cross("park", run);
    else await run();
  };
  return {
    ...parking,
    async park(parked) {
      const record = world.recordAt(parked.data);
      book.tell(
        environment.id,
        () => `parks ${book.name(record)} after ${parked.attempts} attempts`,
      );
      const invocation = world.current.getStore()!;
      world.checker.parks(record, parked, invocation);
      await call("park", parked, () => parking.park(parked));
      record.parkedBy.push(invocation);
    },
    async confirm(parked) {
      const invocation = world.current.getStore()!;
      world.checker.confirms(world.recordAt(parked.data), positionOf(parked), invocation);
      await call("confirm", parked, () => parking.confirm(parked));
    },
  };
}

function storeOf(world: World, environment: Environment, { park }: ConsumerSetup): Parking {
  const { program, s3, sqs } = world;
  const across = ({ send }: { send(command: never): Promise<unknown> }) => ({
    send: (command: never) => environment.cross("store", () => send(command)),
  });
  switch (park!.store) {
    case "memory":
      return world.parking;
    case "dynamodb":
      return program.dynamodbParking({
        tableName: progressTable,
        client: clientOf(world, environment),
      });
    case "s3":
      return program.s3Parking({ bucket, client: across(s3) as never });
    case "sqs":
      return program.sqsParking({ queueUrl, client: across(sqs) as never });
  }
}
