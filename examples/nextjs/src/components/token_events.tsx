import type { TokenEvent } from '@/lib/token_events';
import { ago } from '@/lib/words';

export function TokenEvents({ events, now }: { events: TokenEvent[]; now: Date }) {
  return (
    <section className="card" aria-labelledby="events">
      <h2 id="events">What happened to the token</h2>
      {events.length > 0 ? (
        <ol className="events">
          {events.map(({ at, tone, text }) => (
            <li key={`${at.getTime()} ${text}`} data-tone={tone}>
              <time className="quiet" dateTime={at.toISOString()}>
                {ago(at, now)}
              </time>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="empty">Nothing yet.</p>
      )}
    </section>
  );
}
