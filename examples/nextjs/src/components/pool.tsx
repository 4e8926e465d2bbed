import type { PoolNumbers } from '@/lib/status';

export function Pool({ total, idle, waiting, max }: PoolNumbers) {
  return (
    <section className="card" aria-labelledby="pool">
      <h2 id="pool">Pool</h2>
      <dl className="counts">
        <Count name="open" value={total} />
        <Count name="idle" value={idle} />
        <Count name="waiting" value={waiting} />
      </dl>
      <p className="quiet">
        At most {max} connections. Each logs in with the token of its moment, and outlives it.
      </p>
    </section>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
