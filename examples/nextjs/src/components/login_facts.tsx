import type { Login } from '@/lib/status';
import { Name } from './name';

export function LoginFacts({ login }: { login?: Login }) {
  return (
    <section className="card" aria-labelledby="login">
      <h2 id="login">Login</h2>
      {login ? (
        <dl className="facts">
          <Fact name="User" value={login.user} />
          <Fact name="Database" value={login.database} />
          <Fact name="Host" value={login.host} />
          <Fact name="Server" value={`Postgres ${login.server}`} />
          <Fact name="TLS" value={login.tls ? `${login.tls}, ${login.cipher}` : 'none'} />
        </dl>
      ) : (
        <p className="empty">Nobody is logged in.</p>
      )}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Name>{value}</Name>
      </dd>
    </div>
  );
}
