import type { LakebaseTokenStatus } from 'lakebase-token';
import { problemOf } from '@/lib/problem';
import { isRenewalFailing, type Status } from '@/lib/status';
import { ago, duration } from '@/lib/words';
import { TokenLife } from './token_life';

export function Token({ token: status, at: now, problems }: Status) {
  const { token, isFetching, tokens, failures } = status;
  return (
    <section className="card" aria-labelledby="token">
      <div className="card-head">
        <h2 id="token">Token</h2>
        <p className="quiet">
          {tokens === 0 ? 'none so far' : `${counted(tokens - 1, 'renewal')} so far`}
          {failures > 0 && `, ${counted(failures, 'failure')}`}
        </p>
      </div>
      {token ? (
        <>
          <dl className="figures">
            <Figure name="Age" value={duration(now.getTime() - token.issuedAt.getTime())} />
            <Figure name="Renews" value={renewal(token.renewsAt, now, status)} />
            <Figure name="Expires" value={until(token.expiresAt, now)} />
          </dl>
          {/* The key: a new rendering begins the movement of the bar anew. */}
          <TokenLife
            key={now.getTime()}
            {...token}
            now={now}
            isOverdue={isRenewalFailing(status)}
          />
        </>
      ) : (
        <p className="empty">
          {isFetching
            ? 'The first one is being fetched.'
            : 'There is none. The next login asks for one.'}
        </p>
      )}
      <LastFailure
        lastFailure={status.lastFailure}
        now={now}
        told={problems.map(({ message }) => message)}
      />
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface Failure {
  lastFailure?: LakebaseTokenStatus['lastFailure'];
  now: Date;
  /** The messages at the top of the page. */
  told: string[];
}

function LastFailure({ lastFailure, now, told }: Failure) {
  if (!lastFailure) {
    return <p className="last-failure quiet">Last error: none</p>;
  }
  const { code, message } = problemOf(lastFailure.error);
  return (
    <div className="last-failure">
      <p className="quiet">
        Last error: <code>{code}</code>,{' '}
        <time dateTime={lastFailure.at.toISOString()}>{ago(lastFailure.at, now)}</time>
      </p>
      {!told.includes(message) && <p className="message">{message}</p>}
    </div>
  );
}

function renewal(renewsAt: Date, now: Date, status: LakebaseTokenStatus): string {
  if (isRenewalFailing(status)) return 'overdue';
  if (renewsAt > now) return until(renewsAt, now);
  return status.isFetching ? 'now' : 'due';
}

function until(moment: Date, now: Date): string {
  return moment > now ? `in ${duration(moment.getTime() - now.getTime())}` : 'now';
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
