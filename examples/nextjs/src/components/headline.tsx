import type { Health, Status } from '@/lib/status';

export function Headline({ health, login, problems }: Status) {
  return (
    <section className="headline" data-health={health}>
      <p className="health" role="status">
        {HEALTH[health]}
      </p>
      {login ? (
        <h1>
          Logged in to <strong>{login.database}</strong> as <strong>{login.user}</strong>
        </h1>
      ) : (
        <h1>Not logged in</h1>
      )}
      {problems.map(({ code, message }) => (
        <div className="problem" key={message}>
          <code>{code}</code>
          <p>{message}</p>
        </div>
      ))}
    </section>
  );
}

const HEALTH: Record<Health, string> = {
  well: 'All is well',
  strained: 'Works, but needs a look',
  down: 'Down',
};
