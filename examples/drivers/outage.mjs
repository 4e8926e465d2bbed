// The workspace is down, and no usable token is left: what a driver does to Postgres and to its process.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { faults, startWorkspaceEmulator } from 'lakebase-token/testing';

/**
 * @param {{ file: string, withoutToken?: RegExp, max?: number }} library `max` connections at once
 * @param {{
 *   postgres: { acceptToken: (issued: object) => Promise<void> },
 *   address: object,
 *   login: (password: string) => Promise<void>,
 *   suspend: () => Promise<void>,
 * }} server
 */
export async function throughAnOutage({ file, withoutToken, max = 10 }, server) {
  const workspace = await startWorkspaceEmulator({ onPostgresToken: server.postgres.acceptToken });
  const app = startApp(file, server.address, workspace);
  try {
    await app.does('connect');
    answer(workspace, { ...faults.unavailable, times: Infinity });
    await app.does('forgetTheToken');
    await server.suspend();

    const { reasons, mostSockets } = await app.does('queryInVain');
    for (const reason of reasons) assert.match(reason, withoutToken ?? /ERR_LAKEBASE_UNAVAILABLE/);
    assert.ok(mostSockets <= max, `${mostSockets} sockets of a pool of ${max}`);
    // Any other program.
    await server.login(workspace.issuedTokens.at(-1).token);

    answer(workspace, null);
    assert.ok((await app.does('queryUntilThereIsARow')).mostSockets <= max);
    await app.ends('SIGTERM');
  } catch (error) {
    console.log(app.output());
    throw error;
  } finally {
    app.kill();
    await workspace.close();
  }
}

function answer(workspace, fault) {
  for (const step of ['accessToken', 'postgresToken']) workspace.answer(step, fault);
}

function startApp(file, address, workspace) {
  const program = path.join(import.meta.dirname, 'outage_program.mjs');
  const app = fork(program, [file, JSON.stringify(address)], {
    env: { ...process.env, ...workspace.env },
    silent: true,
  });
  let output = '';
  for (const stream of [app.stdout, app.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = once(app, 'exit');
  return {
    async does(task) {
      app.send(task);
      const [said] = await Promise.race([once(app, 'message'), ended]);
      assert.ok(said?.done, `${task}: ${said?.error ?? 'the program has ended'}`);
      return said.done;
    },
    async ends(signal) {
      app.kill(signal);
      const tooLate = AbortSignal.timeout(60_000);
      const [end] = await Promise.race([ended, once(tooLate, 'abort').then(() => ['still runs'])]);
      assert.equal(end, 0);
    },
    output: () => output,
    kill: () => app.kill('SIGKILL'),
  };
}
