import middy from "@middy/core";
import type { InvocationContext } from "./deadline.ts";

/** Any middy middleware. https://middy.js.org/docs/middlewares/intro */
export interface Middleware {
  before?: (request: any) => unknown;
  after?: (request: any) => unknown;
  onError?: (request: any) => unknown;
}

/** A Lambda handler, and a middy handler. `Sent` is the answer as the types of aws-lambda have it, where they know less of it. */
export interface MiddyHandler<Answer, Sent = Answer> {
  (event: unknown, context?: InvocationContext): Promise<Answer>;
  /** As aws-lambda's `Handler` calls it. */
  (event: unknown, context: InvocationContext, callback: unknown): Promise<Sent>;
  /** Adds middy middleware. */
  use(middleware: Middleware | readonly Middleware[]): MiddyHandler<Answer, Sent>;
  before(before: NonNullable<Middleware["before"]>): MiddyHandler<Answer, Sent>;
  after(after: NonNullable<Middleware["after"]>): MiddyHandler<Answer, Sent>;
  onError(onError: NonNullable<Middleware["onError"]>): MiddyHandler<Answer, Sent>;
}

type Invoke<Answer> = (event: unknown, context: InvocationContext | undefined) => Promise<Answer>;

/** A handler that answers with `alone`, and with `inside` once there is middleware. */
export function middyHandler<Answer, Sent = Answer>(
  alone: Invoke<Answer>,
  inside: (
    middlewares: readonly Middleware[],
    ...invocation: Parameters<Invoke<Answer>>
  ) => Promise<Answer>,
): MiddyHandler<Answer, Sent> {
  const middlewares: Middleware[] = [];

  // Lambda knows an async function by its constructor: of any other, what never settles is a success.
  const invoke = async (event: unknown, context?: InvocationContext) =>
    middlewares.length === 0 ? alone(event, context) : inside(middlewares, event, context);

  const use = (middleware: Middleware | readonly Middleware[]): MiddyHandler<Answer, Sent> => {
    const added = [middleware].flat() as Middleware[];
    added.forEach(checkMiddleware);
    middlewares.push(...added);
    return handler;
  };

  const handler = Object.assign(invoke, {
    use,
    before: (before: NonNullable<Middleware["before"]>) => use({ before }),
    after: (after: NonNullable<Middleware["after"]>) => use({ after }),
    onError: (onError: NonNullable<Middleware["onError"]>) => use({ onError }),
  }) as MiddyHandler<Answer, Sent>;
  return handler;
}

function checkMiddleware(middleware: Middleware | null | undefined): void {
  const { before, after, onError } = middleware ?? {};
  const hooks = [before, after, onError].filter((hook) => hook !== undefined);
  if (hooks.length === 0 || !hooks.every((hook) => typeof hook === "function")) {
    throw new TypeError(
      'Middleware must be an object containing at least one key among "before", "after", "onError", each a function.',
    );
  }
}

/**
 * Invokes `innermost` through the middlewares, and returns what they made of its answer. What goes wrong on the way is told to
 * `failed`, whatever an `onError` makes of it.
 */
export function throughMiddlewares<Answer>(
  middlewares: readonly Middleware[],
  innermost: (event: unknown, context: InvocationContext) => Promise<Answer>,
  failed: (error: unknown) => void,
): (event: unknown, context: InvocationContext | undefined) => Promise<Answer> {
  return (
    middy(
      innermost,
      // The handler keeps its own deadline, and must not be left behind while it settles.
      { timeoutEarlyInMillis: 0 },
    )
      .use(middlewares as Middleware[])
      // The last one added is the first to see an error.
      .onError(({ error }) => failed(error)) as unknown as Invoke<Answer>
  );
}
