/** Up to where everything was put, while records are put in any order. */

/** One of the records that were read. */
export interface Ticket {
  isPut: boolean;
}

/** `P` is what a place is: an offset in a file. */
export interface Watermark<P> {
  /** What follows is read from here on. */
  startAt(place: P): void;
  /** A record was read; `before` is the place to begin at again as long as it was not put. */
  read(before: P, after: P): Ticket;
  /** Where to begin again: nothing before it is missing. Undefined: nothing was read yet. */
  readonly place: P | undefined;
}

export function watermark<P>(): Watermark<P> {
  const outstanding: { ticket: Ticket; before: P }[] = [];
  let head = 0;
  let newest: P | undefined;
  return {
    startAt(place) {
      newest = place;
    },
    read(before, after) {
      const ticket = { isPut: false };
      outstanding.push({ ticket, before });
      newest = after;
      return ticket;
    },
    get place() {
      while (head < outstanding.length && outstanding[head]!.ticket.isPut) head++;
      if (head > 10_000 && 2 * head > outstanding.length) {
        outstanding.splice(0, head);
        head = 0;
      }
      return outstanding[head]?.before ?? newest;
    },
  };
}
