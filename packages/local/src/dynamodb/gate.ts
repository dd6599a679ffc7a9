/**
 * Lets many share, or one be alone. Whoever asks first goes first, so that a transaction is not
 * overtaken for ever by a stream of single writes.
 */
export interface Gate {
  shared<T>(work: () => Promise<T>): Promise<T>;
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(): Gate {
  const waiting: { readonly alone: boolean; readonly enter: () => void }[] = [];
  let sharing = 0;
  let taken = false;

  const mayEnter = (alone: boolean) => !taken && (!alone || sharing === 0);

  function take(alone: boolean) {
    if (alone) taken = true;
    else sharing++;
  }

  function leave(alone: boolean) {
    if (alone) taken = false;
    else sharing--;
    while (waiting[0] && mayEnter(waiting[0].alone)) {
      const next = waiting.shift()!;
      take(next.alone);
      next.enter();
    }
  }

  async function pass<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    if (waiting.length === 0 && mayEnter(alone)) take(alone);
    else await new Promise<void>((enter) => waiting.push({ alone, enter }));
    try {
      return await work();
    } finally {
      leave(alone);
    }
  }

  return {
    shared: (work) => pass(false, work),
    alone: (work) => pass(true, work),
  };
}
