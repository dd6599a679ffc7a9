/** Workers: who has which shard, how far it is done, who lives, and how leases went from one to another. */
import { type LeaseTableView, type LeaseView, leaseLag } from "./leases.ts";
import { milliseconds, Time, useTick } from "./parts.tsx";
import { count, type ShardView, type Store } from "./store.ts";
import { visible } from "./visible.ts";

export function WorkersRoom({ store }: { readonly store: Store }) {
  const tick = useTick(1_000);
  const now = store.ended?.at ?? tick;
  return (
    <>
      <h1>Workers</h1>
      {store.leases.size === 0 && <p class="quiet">No worker has a lease table here.</p>}
      {[...store.leases.values()].map((view) => (
        <Leases key={view.table} store={store} view={view} now={now} />
      ))}
    </>
  );
}

interface LeasesProps {
  readonly store: Store;
  readonly view: LeaseTableView;
  readonly now: number;
}

function Leases({ store, view, now }: LeasesProps) {
  const leases = [...view.leases.values()].sort((a, b) => (a.told.key < b.told.key ? -1 : 1));
  const workers = Map.groupBy(leases, ({ told }) => told.owner ?? "");
  return (
    <section aria-label={view.table}>
      <h2>
        {visible(view.table)} <small>the lease table</small>
      </h2>
      <ul>
        {[...workers].map(([worker, its]) => (
          <li key={worker}>
            <b>{worker === "" ? "Nobody" : visible(worker)}</b> has {count(its.length, "lease")}
            {worker !== "" && `, last sign of life ${ago(its, now)} ago`}
          </li>
        ))}
      </ul>
      <table>
        <thead>
          <tr>
            <th scope="col">Shard</th>
            <th scope="col">Who has it</th>
            <th scope="col">Done up to</th>
            <th scope="col">Behind</th>
            <th scope="col">Last written</th>
          </tr>
        </thead>
        <tbody>
          {leases.map((lease) => (
            <Row key={lease.told.key} lease={lease} shard={shardIn(store, lease)} now={now} />
          ))}
        </tbody>
      </table>
      {view.changes.length > 0 && (
        <>
          <h3>How leases went, the newest first</h3>
          <ul>
            {view.changes.map(({ at, shardId, text }, place) => (
              <li key={`${at} ${shardId} ${view.changes.length - place}`}>
                <Time at={at} /> {shardId}: {visible(text)}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface RowProps {
  readonly lease: LeaseView;
  readonly shard: Fill | undefined;
  readonly now: number;
}

function Row({ lease: { aliveAt, told }, shard, now }: RowProps) {
  const { checkpoint, handedBy, owner, shardId, stream, subSequenceNumber } = told;
  const left = leaseLag(told, shard);
  const isOver = checkpoint === "SHARD_END";
  return (
    <tr>
      <td>
        {stream} {shardId}
      </td>
      <td>
        {visible(
          handedBy === undefined ? (owner ?? "nobody") : `${handedBy}, which hands it to ${owner}`,
        )}
      </td>
      <td>
        <code class="position">
          {checkpoint}
          {subSequenceNumber !== undefined && `.${subSequenceNumber}`}
        </code>
      </td>
      <td>
        {isOver ? "read to its end" : left === undefined ? "not known" : count(left, "record")}
      </td>
      <td>{milliseconds(Math.max(0, now - aliveAt))} ago</td>
    </tr>
  );
}

const ago = (leases: readonly LeaseView[], now: number) =>
  milliseconds(Math.max(0, now - Math.max(...leases.map(({ aliveAt }) => aliveAt))));

type Fill = Pick<ShardView, "newest" | "records">;

/** A shard that nobody has put anything into. */
const unfilled: Fill = { newest: 0n, records: 0 };

/** With one stream a lease does not name it: then it is that which alone has such a shard. */
function shardIn({ shards }: Store, { told }: LeaseView): Fill | undefined {
  if (told.stream !== undefined) return shards.get(`${told.stream}/${told.shardId}`) ?? unfilled;
  const found = [...shards.values()].filter(({ shardId }) => shardId === told.shardId);
  return found.length > 1 ? undefined : (found[0] ?? unfilled);
}
