/** A function whose code can be replaced while events come in. */
import type { LambdaFunction } from "../lambda/hosts/index.ts";

export interface ReloadableFunction extends Omit<LambdaFunction, "functionArn"> {
  /** What is invoked from now on. What runs under the old code ends under it. */
  replace(next: LambdaFunction): void;
}

interface Generation {
  readonly fn: LambdaFunction;
  inFlight: number;
  isOld: boolean;
}

/** Until `replace` is called for the first time, invocations wait. */
export function reloadableFunction(functionName: string): ReloadableFunction {
  const generations = new Set<Generation>();
  let current: Generation | undefined;
  let isClosed = false;
  const begin = Promise.withResolvers<void>();

  function retire(generation: Generation): void {
    if (!generation.isOld || generation.inFlight > 0) return;
    generation.fn.close().then(() => generations.delete(generation));
  }

  const all = () => [...generations].map(({ fn }) => fn);

  return {
    replace(next) {
      const old = current;
      current = { fn: next, inFlight: 0, isOld: false };
      generations.add(current);
      begin.resolve();
      if (!old) return;
      old.isOld = true;
      retire(old);
    },
    async invoke(event, context) {
      if (!current) await begin.promise;
      if (isClosed || !current) {
        throw new Error(`Function ${functionName} is closed and takes no events.`);
      }
      const generation = current;
      generation.inFlight++;
      try {
        return await generation.fn.invoke(event, context);
      } finally {
        generation.inFlight--;
        retire(generation);
      }
    },
    environments: () => all().flatMap((fn) => fn.environments()),
    async kill(environmentId) {
      await Promise.all(all().map((fn) => fn.kill(environmentId)));
    },
    async close() {
      isClosed = true;
      begin.resolve();
      await Promise.all(all().map((fn) => fn.close()));
    },
  };
}
