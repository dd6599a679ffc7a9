/**
 * Ports for debuggers: each environment of a function that is debugged has one, and waits there until a debugger has come.
 * An environment that follows another of its function, as after a reload, has that one's port.
 */
import { createServer } from "node:net";

/** Where the debugger of one environment is. */
export interface InspectorPort {
  /** Resolves to the port, once no environment that is about to end holds one of this function. */
  take(): Promise<number>;
  /** The environment has been told to end. */
  leave(): void;
  /** It has ended. */
  free(): void;
}

/** Gives each environment of the functions on this machine a port of its own. */
export interface Inspector {
  port(functionName: string): InspectorPort;
}

/** What `createInspector` takes. */
export interface InspectorOptions {
  /** The first port; where it is in use, the next one that is not. @default 9229 */
  readonly firstPort?: number;
  /** Told that an environment waits for a debugger at this port. */
  readonly onWaiting?: (functionName: string, port: number) => void;
}

/** Only this machine's: whoever reaches the port of a debugger runs what they like. */
export const inspectorHost = "127.0.0.1";

/** A port that a function has had stays that function's. */
interface Seat {
  readonly port: number;
  readonly functionName: string;
  isTaken: boolean;
  /** Resolves when its environment, which has been told to end, has ended. */
  leaving?: Promise<void> | undefined;
}

/**
 * Gives out the ports of debuggers, for `childProcessFunction({ inspector })`.
 *
 * @example
 * const inspector = createInspector({ onWaiting: (name, port) => console.error(`${name}: port ${port}`) });
 * const fn = childProcessFunction({ functionName: "departures", file: "dist/departures.mjs", inspector });
 */
export function createInspector({
  firstPort = 9229,
  onWaiting = () => {},
}: InspectorOptions = {}): Inspector {
  const seats: Seat[] = [];
  /** One environment after the other: two that start at once take no port twice. */
  let turn: Promise<unknown> = Promise.resolve();

  async function seatFor(functionName: string): Promise<Seat> {
    const own = seats.filter((seat) => seat.functionName === functionName);
    await Promise.all(own.map(({ leaving }) => leaving));
    for (const seat of own) {
      if (!seat.isTaken && (await isFree(seat.port))) return seat;
    }
    let port = Math.max(firstPort, ...seats.map((seat) => seat.port + 1));
    while (!(await isFree(port))) port++;
    const seat = { port, functionName, isTaken: false };
    seats.push(seat);
    return seat;
  }

  return {
    port(functionName) {
      let seat: Seat | undefined;
      let left = Promise.withResolvers<void>();
      return {
        async take() {
          const next = turn.then(async () => {
            seat = await seatFor(functionName);
            seat.isTaken = true;
            return seat.port;
          });
          turn = next.catch(() => {});
          const port = await next;
          onWaiting(functionName, port);
          return port;
        },
        leave() {
          if (!seat) return;
          left = Promise.withResolvers<void>();
          seat.leaving = left.promise;
        },
        free() {
          if (!seat) return;
          Object.assign(seat, { isTaken: false, leaving: undefined });
          left.resolve();
        },
      };
    },
  };
}

function isFree(port: number): Promise<boolean> {
  if (port > 65_535) throw new RangeError("There is no port left for a debugger.");
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, inspectorHost, () => server.close(() => resolve(true)));
  });
}
