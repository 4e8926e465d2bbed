import { EventEmitter } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getLakebasePostgresToken } from 'lakebase-token';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runProgram } from './support/programs';
import { startWorkspace } from './support/workspace';

type TokenFunction = typeof getLakebasePostgresToken;

const NO_VARIABLES = { DATABRICKS_HOST: '', LAKEBASE_ENDPOINT: '', DATABRICKS_TOKEN: '' };

const refusals: [string, () => TokenFunction][] = [
  ['for want of a variable', withoutVariables],
  ['for want of a binary', withoutBinary],
];

describe.each(refusals)('a caller who is refused %s', (_, refusing) => {
  test('has its socket closed if it is a client of pg, with the error and before it hears it', async () => {
    const events: [string, unknown][] = [];
    const client = clientOf({ destroy: (error: unknown) => events.push(['closed', error]) });
    const error = await refusing()
      .call(client)
      .catch((error) => {
        events.push(['told', error]);
        return error;
      });
    expect(error).toMatchObject({ name: 'LakebaseTokenError' });
    expect(events).toEqual([
      ['closed', error],
      ['told', error],
    ]);
  });

  test.each([
    ['nobody', undefined],
    ['null', null],
    ['a number', 1],
    ['a text', 'connection'],
    ['an object', {}],
    ['something without a connection', { connection: null }],
    ['something without a stream', { connection: {} }],
    ['something with another stream', clientOf({ end() {} })],
    ['something with a value for a function', clientOf({ destroy: true })],
    ['something that throws when it is looked at', throwing()],
    ['a connection that throws when it is looked at', { connection: throwing() }],
    ['a stream that throws when it is looked at', clientOf(throwing())],
    ['a stream that throws when it is closed', clientOf({ destroy: fail })],
    ['a stream that is there only once', { connection: onlyOnce({ destroy() {} }) }],
  ])('is told why, and nothing else happens, if it is %s', async (_, caller) => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    await expect(refusing().call(caller)).rejects.toMatchObject({ name: 'LakebaseTokenError' });
    await new Promise(setImmediate);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test('a client of pg keeps its socket when there is a token', async () => {
  const workspace = await startWorkspace();
  const destroy = vi.fn();
  const token = await getLakebasePostgresToken.call(clientOf({ destroy }));
  expect(token).toBe(workspace.issuedTokens[0]?.token);
  expect(destroy).not.toHaveBeenCalled();
});

test('a client of pg gets the promise that everybody gets', async () => {
  await startWorkspace({ latencyMs: 50 });
  const pending = getLakebasePostgresToken();
  expect(getLakebasePostgresToken.call(clientOf({ destroy() {} }))).toBe(pending);
  await pending;
});

test('end() of a client of pg before 8.10 does not wait for a connection that has ended', async () => {
  const stream = { destroy: () => process.nextTick(() => connection.emit('end')) };
  const connection = Object.assign(new EventEmitter(), { stream, _connecting: true });
  await expect(withoutVariables().call({ connection })).rejects.toThrow('DATABRICKS_HOST');
  await new Promise(setImmediate);
  expect(connection._connecting).toBe(false);
});

test('a rejection that nobody handles is reported, whoever called', async () => {
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    process.on('unhandledRejection', ({ code }) => console.log(code));
    getLakebasePostgresToken();
    for (const caller of [{}, { connection: { stream: {} } }]) getLakebasePostgresToken.call(caller);`,
    NO_VARIABLES,
  );
  const line = 'ERR_LAKEBASE_CONFIG_MISSING\n';
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: line.repeat(3) });
});

test('a client of pg is not held on to', async () => {
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    async function refused() {
      const client = { connection: { stream: { destroy() {} } } };
      await getLakebasePostgresToken.call(client).catch(() => {});
      return new WeakRef(client);
    }
    const client = await refused();
    await new Promise(setImmediate);
    gc();
    console.log(client.deref());`,
    NO_VARIABLES,
    ['--expose-gc'],
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: 'undefined\n' });
});

/** What pg calls its password function as a method of, as far as that matters here. */
function clientOf(stream: unknown) {
  return { connection: { stream } };
}

function withoutVariables(): TokenFunction {
  for (const [name, value] of Object.entries(NO_VARIABLES)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return getLakebasePostgresToken;
}

/** The function of an entry that was copied without what it loads. */
function withoutBinary(): TokenFunction {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-callers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const file of ['index.js', 'bundled.js', 'token_error.js', 'unavailable.js']) {
    cpSync(path.join(__dirname, '../js', file), path.join(folder, file));
  }
  return require(path.join(folder, 'index.js')).getLakebasePostgresToken;
}

function throwing(): object {
  return new Proxy({}, { get: fail });
}

function onlyOnce(stream: object): object {
  let looks = 0;
  return {
    get stream() {
      looks += 1;
      return looks > 1 ? fail() : stream;
    },
  };
}

function fail(): never {
  throw new Error('of no concern');
}
