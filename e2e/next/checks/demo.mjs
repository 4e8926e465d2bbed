// The example's demo in this clone, whatever is installed in its folder: it sets itself up, shows the
// app logged in, and ends with Ctrl-C. Nothing of it is left then, and a second set-up has nothing to do.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment } from '../../../support/environment.mjs';
import { runWell, serve } from '../../../support/processes.mjs';
import { until } from '../../../support/until.mjs';

/** Next.js leaves a process behind that ends by itself, in a moment. */
const TIME_TO_END_MS = 30_000;
const ROOT = path.join(import.meta.dirname, '../../..');
const EXAMPLE = path.join(ROOT, 'examples/nextjs');

export function demoCheck() {
  return {
    name: 'examples/nextjs: the demo sets itself up, and ends with Ctrl-C',
    async run() {
      const mark = randomUUID();
      const env = { ...bareEnvironment(), LAKEBASE_DEMO: mark, PORT: '0' };
      try {
        await showAndEnd(mark, env);
      } finally {
        for (const { pid } of processesWith(mark)) process.kill(pid, 'SIGKILL');
      }
      const setUp = ['scripts/setup.js', 'examples/nextjs'];
      assert.equal(await runWell(process.execPath, setUp, { cwd: ROOT, env }), '');
    },
  };
}

async function showAndEnd(mark, env) {
  // What `npm run demo` runs, whose own exit code tells of the signal.
  const demo = await serve(process.execPath, ['demo.mjs'], { cwd: EXAMPLE, env });
  const { health, login } = await (await fetch(`${demo.url}/api/status`)).json();
  assert.deepEqual([health, login?.user], ['well', 'app'], demo.output());

  demo.signal('SIGINT');
  const tooLate = performance.now() + TIME_TO_END_MS;
  const left = () => processesWith(mark).map(({ line }) => line);
  await until(
    () => demo.hasEnded() && left().length === 0,
    () => performance.now() > tooLate && `Still there: ${left().join('\n')}`,
  );
  const { code, stderr } = await demo.ended;
  assert.equal(code, 0, stderr);
}

/** The processes that found this in their environment. */
function processesWith(mark) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(name, 'environ').includes(mark))
    .map((pid) => ({ pid: Number(pid), line: read(pid, 'cmdline').replaceAll('\0', ' ') }));
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It has ended, or is somebody else's.
  }
}
