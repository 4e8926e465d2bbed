import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hasShell } from './support/platform';

/** Asks twice while the process has no descriptor left: before its first flight, and after one. */
const PROGRAM = `
  const { closeSync, openSync } = require('node:fs');
  const tokens = require(${JSON.stringify(path.join(__dirname, '..'))});
  const ask = (port) => {
    process.env.DATABRICKS_HOST = 'http://127.0.0.1:' + port;
    return tokens.getLakebasePostgresToken().catch(({ code, retryable, message }) => {
      return { code, retryable, message };
    });
  };
  const asIfFull = async (port) => {
    const open = [];
    try {
      for (;;) open.push(openSync('/dev/null'));
    } catch {}
    const told = await ask(port);
    open.forEach(closeSync);
    return told;
  };
  (async () => {
    tokens.getLakebaseTokenStatus();
    const told = [await asIfFull(1), await ask(2), await asIfFull(3)];
    console.log(JSON.stringify(told));
  })();
`;

test.runIf(hasShell)(
  'a process without a file descriptor is told so, and can go on when it has some',
  async () => {
    const limited = ['-c', 'ulimit -n 100; exec "$@"', 'sh', process.execPath, '-e', PROGRAM];
    const env = {
      ...process.env,
      DATABRICKS_TOKEN: 'token-1',
      LAKEBASE_ENDPOINT: 'projects/p/branches/b/endpoints/e',
    };
    const { stdout, stderr } = await promisify(execFile)('sh', limited, { env });
    expect(stderr).toBe('');
    const [before, between, after] = JSON.parse(stdout);
    for (const told of [before, after]) {
      expect(told).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE', retryable: true });
      expect(told.message).toContain('this process has no file descriptor left (EMFILE). Raise');
    }
    expect(between.message).toContain('Connection refused');
  },
);
