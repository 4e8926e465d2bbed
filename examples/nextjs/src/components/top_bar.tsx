import { timeOfDay } from '@/lib/words';
import { Live } from './live';

export function TopBar({ at }: { at: Date }) {
  return (
    <header className="top-bar">
      <span className="brand">
        <Waves />
        Lakebase status
      </span>
      <span className="as-of">
        <span className="quiet">
          as of <time dateTime={at.toISOString()}>{timeOfDay(at)}</time> UTC
        </span>
        {/* Not a Link: a whole new page, with or without JavaScript. */}
        <a className="button" href="/">
          Refresh
        </a>
        <Live everyMs={5_000} />
      </span>
    </header>
  );
}

function Waves() {
  return (
    <svg aria-hidden="true" viewBox="0 0 24 24" className="waves">
      <path d="M2 9c3.3-3 6.7-3 10 0s6.7 3 10 0" />
      <path d="M2 16c3.3-3 6.7-3 10 0s6.7 3 10 0" />
    </svg>
  );
}
