import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type {
  LakebaseTokenAttemptFailed,
  LakebaseTokenFetch,
  LakebaseTokenRejected,
  LakebaseTokenWait,
} from 'lakebase-token';
import { onTestFinished } from 'vitest';

/** What each channel carries. */
type Told = Record<`fetch ${Moment}`, LakebaseTokenFetch> &
  Record<`wait ${Moment}`, LakebaseTokenWait> & {
    'attempt-failed': LakebaseTokenAttemptFailed;
    rejected: LakebaseTokenRejected;
  };

/** What was published, as it was then. */
export type Published = {
  [Channel in keyof Told]: { channel: Channel; told: Told[Channel] };
}[keyof Told];

type Moment = (typeof MOMENTS)[number];

const MOMENTS = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'] as const;

/** All that the package publishes in this thread until the test ends. */
export function published(note: () => void = () => {}): Published[] {
  const all: Published[] = [];
  const listen = (name: string, channel: string) => {
    const listener = (message: unknown) => {
      all.push({ channel, told: { ...(message as object) } } as Published);
      note();
    };
    subscribe(name, listener);
    onTestFinished(() => {
      unsubscribe(name, listener);
    });
  };
  for (const kind of ['fetch', 'wait']) {
    for (const moment of MOMENTS) {
      listen(`tracing:lakebase-token:${kind}:${moment}`, `${kind} ${moment}`);
    }
  }
  for (const name of ['attempt-failed', 'rejected']) listen(`lakebase-token:${name}`, name);
  return all;
}

/** Those of one channel. */
export function on<Channel extends keyof Told>(all: Published[], channel: Channel) {
  return all.filter((one) => one.channel === channel).map(({ told }) => told as Told[Channel]);
}
