// What happened to the token lately, as lakebase-token publishes it. Nothing of it holds a secret.
import { subscribe } from 'node:diagnostics_channel';
import type {
  LakebaseTokenAttemptFailed,
  LakebaseTokenFetch,
  LakebaseTokenRejected,
} from 'lakebase-token';
import { problemOf } from '@/lib/problem';
import { timeOfDay } from '@/lib/words';

export interface TokenEvent {
  at: Date;
  /** `bad`: somebody should look at it. */
  tone: 'well' | 'bad';
  text: string;
}

// On `globalThis`, for Next.js holds several copies of a module: subscribed once, however many there are.
const shared = globalThis as typeof globalThis & { exampleTokenEvents?: TokenEvent[] };

/** Takes them down from now on. */
export function watchToken(): void {
  if (shared.exampleTokenEvents) return;
  shared.exampleTokenEvents = [];
  subscribe('tracing:lakebase-token:fetch:asyncEnd', (context) => {
    const fetch = context as LakebaseTokenFetch;
    note(fetch.endedAt, fetch.error ? 'bad' : 'well', fetched(fetch));
  });
  subscribe('lakebase-token:attempt-failed', (message) => {
    const { at, error, retryAt } = message as LakebaseTokenAttemptFailed;
    if (retryAt) note(at, 'bad', `${problemOf(error).code}: tried again`);
  });
  subscribe('lakebase-token:rejected', (message) => {
    const { token } = message as LakebaseTokenRejected;
    note(new Date(), 'bad', `Postgres refused the token of ${timeOfDay(token.issuedAt)}`);
  });
}

/** The latest ones, newest first. */
export function tokenEvents(): TokenEvent[] {
  return shared.exampleTokenEvents ?? [];
}

function note(at: Date | undefined, tone: TokenEvent['tone'], text: string): void {
  const events = [{ at: at ?? new Date(), tone, text }, ...tokenEvents()];
  shared.exampleTokenEvents = events.slice(0, LATEST);
}

function fetched({ reason, startedAt, endedAt, attempts, outcome, error }: LakebaseTokenFetch) {
  const why = error && problemOf(error).code;
  switch (outcome) {
    case 'obtained': {
      const requests = `${attempts} request${attempts === 1 ? '' : 's'}`;
      return `${REASONS[reason]} in ${Number(endedAt) - Number(startedAt)} ms, ${requests}`;
    }
    case 'kept':
      return `${why ?? 'No better token'}: the token of before stays in use`;
    case 'failed':
      return `${why}: there is no token`;
    default:
      return 'A token that nobody needs any more';
  }
}

const REASONS: Record<LakebaseTokenFetch['reason'], string> = {
  first: 'The first token',
  renewal: 'Renewed',
  expired: 'A token after one that had expired',
  rejected: 'A token for one that was refused',
  'more-life': 'A token that lives longer',
};

const LATEST = 6;
