import type { CSSProperties } from 'react';
import { duration, timeOfDay } from '@/lib/words';

interface Life {
  issuedAt: Date;
  renewsAt: Date;
  expiresAt: Date;
  now: Date;
  /** Its renewal was tried, and failed. */
  isOverdue: boolean;
}

/** The life of a token from its issue to its expiry, and how much of it is spent. */
export function TokenLife({ issuedAt, renewsAt, expiresAt, now, isOverdue }: Life) {
  const lifetimeMs = expiresAt.getTime() - issuedAt.getTime();
  const leftMs = Math.max(0, expiresAt.getTime() - now.getTime());
  const percent = (moment: Date) => {
    const share = (moment.getTime() - issuedAt.getTime()) / lifetimeMs;
    return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;
  };
  // The bar moves on by itself, in CSS, so that it does without JavaScript.
  const style = {
    '--now': percent(now),
    '--renewal-at': percent(renewsAt),
    '--left': `${leftMs}ms`,
  } as CSSProperties;
  return (
    <div className="life" style={style} data-overdue={isOverdue}>
      <meter
        className="visually-hidden"
        aria-label="Life left of the token, in seconds"
        min={0}
        max={Math.round(lifetimeMs / 1000)}
        low={Math.round((expiresAt.getTime() - renewsAt.getTime()) / 1000)}
        optimum={Math.round(lifetimeMs / 1000)}
        value={Math.round(leftMs / 1000)}
      >
        {duration(leftMs)}
      </meter>
      <div className="track" aria-hidden="true">
        <div className="spent" />
      </div>
      <ul className="marks">
        <Mark className="issue" name="issued" at={issuedAt} />
        <Mark className="renewal" name="renewal begins" at={renewsAt} />
        <Mark className="expiry" name="expiry" at={expiresAt} />
      </ul>
    </div>
  );
}

function Mark({ className, name, at }: { className: string; name: string; at: Date }) {
  return (
    <li className={className}>
      {name} <time dateTime={at.toISOString()}>{timeOfDay(at)}</time>
    </li>
  );
}
