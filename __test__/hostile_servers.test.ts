import type { Socket } from 'node:net';
import { type Fault, faults, type Step, startWorkspaceEmulator } from 'lakebase-token/testing';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { listen } from './support/raw_server';
import { type Call, startTraffic } from './support/traffic';
import { inQuietWorker, type Told, tell } from './support/workers';

const ALWAYS = Number.POSITIVE_INFINITY;
const STEPS: readonly Step[] = ['accessToken', 'postgresToken'];

/** What a server does for ever, and how the error tells that. */
const modes: [string, Fault, RegExp, RegExp][] = [
  ['hangs', faults.hang, /TIMEOUT/, /No token within 9 s: .* did not answer within 5 s/],
  [
    'accepts and closes',
    faults.close,
    /UNAVAILABLE|TIMEOUT/,
    /cannot be reached: connection closed/,
  ],
  ['resets', faults.reset, /UNAVAILABLE|TIMEOUT/, /cannot be reached: .*reset/i],
  ['sends a byte a second', faults.drip, /TIMEOUT/, /did not answer within 5 s/],
  ['resets amid the body', faults.resetMidBody, /UNAVAILABLE|TIMEOUT/, /broke off its answer: /],
  ['stops amid the body', faults.truncate, /UNAVAILABLE|TIMEOUT/, /broke off its answer: /],
  [
    'redirects',
    { status: 302, headers: { location: 'https://elsewhere.test/login' } },
    /PROTOCOL/,
    /answered 302 with a redirect to “https:\/\/elsewhere\.test\/login”/,
  ],
  ['blocks all but its private link', faults.privateLink, /PROTOCOL/, /private link/],
  ['shows a login page', faults.loginPage, /PROTOCOL/, /something that is not JSON/],
  ['sends 10 MB', faults.oversize, /PROTOCOL/, /more than 1 MiB/],
];

const cases = STEPS.flatMap((step) =>
  modes.map(([name, fault, code, reason]) => ({ step, name, fault, code, reason })),
);
type Case = (typeof cases)[number];
const named = cases.map((item) => [item.name, item.step, item] as const);

interface Crowd {
  told: Told[];
  /** How many were open half a second after their patience, by a timer of the same thread. */
  late: number;
  stderr: string;
}

/** A lonely call and then a thousand at once, of both functions. */
async function crowd(env: Readonly<Record<string, string>>): Promise<Crowd> {
  const { value, stderr } = await inQuietWorker<Omit<Crowd, 'stderr'>>(
    `${tell}
    const calls = [getLakebasePostgresToken()];
    for (let index = 0; index < 1000; index += 1) {
      calls.push(index % 50 === 0 ? getLakebaseCredential() : getLakebasePostgresToken());
    }
    let [open, late] = [calls.length, 0];
    const settled = () => { open -= 1; };
    for (const call of calls) call.then(settled, settled);
    // What holds up calls on a busy machine holds up this timer too, and what has come by then is taken.
    const look = () => { late = open; };
    const timer = setTimeout(() => setImmediate(() => setImmediate(look)), 9_500);
    const ends = await Promise.allSettled(calls);
    clearTimeout(timer);
    const different = new Map(ends.map(({ reason }, index) => [String(reason), calls[index]]));
    return { told: await Promise.all([...different.values()].map(tell)), late };`,
    env,
  );
  return { ...value, stderr };
}

function expectTold({ told, late, stderr }: Crowd, host: string, code: RegExp, reason: RegExp) {
  expect(stderr).toBe('');
  expect(late).toBe(0);
  for (const error of told) {
    expect(error).toMatchObject({ name: 'LakebaseTokenError', code: expect.stringMatching(code) });
    expect(error).toHaveProperty('message', expect.stringMatching(reason));
    expect(error).toHaveProperty('message', expect.stringContaining(host));
  }
}

/** For machines that are busy with something else. */
const PATIENCE_MS = 180_000;

// All of them wait at the same time: most of it is patience.
beforeAll(() => Promise.all([meetWithoutToken(), meetWithToken(), meetElsewhere()]), PATIENCE_MS);

const crowds = new Map<Case | string, Crowd & { url: string }>();

async function meetWithoutToken() {
  await Promise.all(
    cases.map(async (item) => {
      await using workspace = await startWorkspaceEmulator();
      workspace.answer(item.step, { ...item.fault, times: ALWAYS });
      crowds.set(item, { ...(await crowd(workspace.env)), url: workspace.url });
    }),
  );
}

describe('without a token, a thousand and one calls settle when the workspace', () => {
  test.each(named)('%s instead of giving the %s', (_name, _step, item) => {
    const met = crowds.get(item) as Crowd & { url: string };
    expectTold(met, met.url, item.code, item.reason);
  });
});

const LIFETIME_MS = 6_000;
const met = new Map<Case, { calls: Call[]; ends: number[] }>();

async function meetWithToken() {
  await Promise.all(
    cases.map(async (item) => {
      await using workspace = await startWorkspaceEmulator({
        lifetimeMs: { postgresToken: LIFETIME_MS },
      });
      const { requests, issuedTokens } = workspace;
      workspace.answer(item.step, [{ delayMs: 0 }, { ...item.fault, times: ALWAYS }]);
      const traffic = startTraffic(workspace.env, 10);
      const until = (isIt: () => boolean) =>
        vi.waitUntil(isIt, { timeout: PATIENCE_MS, interval: 5 });
      // The first access token is good for one renewal more.
      const lastGood = item.step === 'accessToken' ? 1 : 0;
      await until(() => issuedTokens[lastGood] !== undefined);
      if (item.step === 'accessToken') workspace.revokeAccessTokens();
      const end = Number(issuedTokens[lastGood]?.expiresAt) - 0.1 * LIFETIME_MS - 300;
      const isFaulty = () => requests.filter(({ fault }) => fault).length > 1;
      await until(() => isFaulty() && Date.now() >= end);
      const calls = await traffic.stop();
      met.set(item, { calls, ends: issuedTokens.map(({ expiresAt }) => expiresAt.getTime()) });
    }),
  );
}

describe('with a token, nobody fails and none but those of its last moments wait when the workspace', () => {
  test.each(named)('%s instead of giving the next %s', (_name, step, item) => {
    const { calls, ends } = met.get(item) as { calls: Call[]; ends: number[] };
    const [first] = calls;
    expect(first).toMatchObject({ waited: true, token: 1 });
    expect(calls.filter(({ code }) => code !== undefined)).toEqual([]);
    expect(calls.filter(({ token = 0, until }) => until >= (ends[token - 1] ?? 0))).toEqual([]);
    expect(calls.at(-1)?.token).toBe(step === 'accessToken' ? 2 : 1);
    // The second token is asked for at half of the first one's life.
    const renewedAt = step === 'accessToken' ? LIFETIME_MS / 2 : 0;
    const closingAt = (first?.at ?? 0) + renewedAt + 0.75 * LIFETIME_MS;
    const waited = calls.filter(({ waited, at }) => waited && at > (first?.until ?? 0));
    expect(waited.filter(({ at }) => at < closingAt)).toEqual([]);
    expect(waited.filter(({ at, until }) => until - at > 3_000)).toEqual([]);
  });
});

const silent = () => {};
const dripping = (socket: Socket) => {
  const timer = setInterval(() => socket.write('\x16'), 1_000);
  socket.once('close', () => clearInterval(timer));
};
const flooding = (socket: Socket) => {
  const noise = Buffer.alloc(64 * 1024, 'noise');
  const more = () => {
    while (socket.writable && socket.write(noise));
  };
  socket.on('drain', more);
  more();
};

const servers: [string, string, (socket: Socket) => void, RegExp][] = [
  ['https that stays silent', 'https', silent, /no connection within 4 s/],
  [
    'https that sends a byte a second',
    'https',
    dripping,
    /no connection within 4 s|cannot be reached/,
  ],
  ['https that closes', 'https', (socket) => void socket.destroy(), /cannot be reached: /],
  [
    'https that speaks http',
    'https',
    (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    /cannot be reached: /,
  ],
  ['https that floods', 'https', flooding, /cannot be reached: /],
  [
    'https that says no',
    'https',
    (socket) => void socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])),
    /cannot be reached: .*handshake/i,
  ],
  ['http that stays silent', 'http', silent, /did not answer within 5 s/],
  [
    'http that sends a byte a second',
    'http',
    dripping,
    /did not answer within 5 s|cannot be reached/,
  ],
  ['http that floods', 'http', flooding, /cannot be reached: /],
];
async function meetElsewhere() {
  const met = async (name: string, url: string, env: Readonly<Record<string, string>>) => {
    crowds.set(name, { ...(await crowd({ ...env, DATABRICKS_HOST: url })), url });
  };
  const nobody = await listen(silent);
  await nobody[Symbol.asyncDispose]();
  await Promise.all([
    met('nobody', nobody.url, nobody.env),
    met('a name that does not exist', 'https://nowhere.invalid', nobody.env),
    ...servers.map(async ([name, scheme, onConnection]) => {
      await using server = await listen(onConnection);
      await met(name, server.url.replace('http', scheme), server.env);
    }),
  ]);
}

describe('a thousand and one calls settle when DATABRICKS_HOST leads to', () => {
  test.each([
    ['nobody', /cannot be reached: .*refused/i] as const,
    ['a name that does not exist', /cannot be reached: |did not answer/] as const,
    ...servers.map(([name, , , reason]) => [name, reason] as const),
  ])('%s', (name, reason) => {
    const met = crowds.get(name) as Crowd & { url: string };
    expectTold(met, met.url, /^ERR_LAKEBASE_(UNAVAILABLE|TIMEOUT)$/, reason);
  });
});

test.each([301, 302, 303, 307, 308])('nobody is met where a %i leads', async (status) => {
  let connections = 0;
  await using elsewhere = await listen(() => {
    connections += 1;
  });
  for (const step of STEPS) {
    await using workspace = await startWorkspaceEmulator();
    const headers = { location: `${elsewhere.url}/oidc/v1/token` };
    workspace.answer(step, { status, headers, times: ALWAYS });
    const call = `${tell} return tell(getLakebasePostgresToken());`;
    const { value } = await inQuietWorker<Told>(call, workspace.env);
    expect(value).toMatchObject({ code: 'ERR_LAKEBASE_PROTOCOL' });
    expect(workspace.requests.at(-1)).toMatchObject({ step, status });
  }
  expect(connections).toBe(0);
});
