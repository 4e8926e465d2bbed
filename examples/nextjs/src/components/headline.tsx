import type { Problem } from '@/lib/problem';
import type { Health, Status } from '@/lib/status';
import { Name } from './name';

export function Headline({ health, login, problems }: Status) {
  return (
    <section className="headline" data-health={health}>
      <p className="health" role="status">
        {inWords(health, problems)}
      </p>
      {login ? (
        <h1>
          Logged in to <strong>{login.database}</strong> as{' '}
          <strong>
            <Name>{login.user}</Name>
          </strong>
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

function inWords(health: Health, problems: Problem[]): string {
  switch (health) {
    case 'well':
      return 'All is well';
    case 'strained':
      return problems.length > 0 ? 'Works in part' : 'Works, but the renewal fails';
    case 'down':
      return 'Down';
  }
}
