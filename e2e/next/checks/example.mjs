// The example app as its README says, in a real browser: it tells of mistakes, migrates, loads, takes notes, shows a
// renewal, a refused login and an outage, and comes through one that is longer than its token's life.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { runWell } from '../../../support/processes.mjs';
import { until } from '../../../support/until.mjs';
import { launchChromium } from '../support/browser.mjs';
import { startCollector } from '../support/collector.mjs';
import { project } from '../support/project.mjs';
import { outlivesARefusal, tellsOfMistakes } from './mistakes.mjs';
import { outliveTheToken } from './outage.mjs';

const EXAMPLE = path.join(import.meta.dirname, '../../../examples/nextjs');
const ARTIFACTS = path.join(import.meta.dirname, '../artifacts');

export function exampleCheck({ folder, services }) {
  return {
    name: 'examples/nextjs: in Chromium, through a renewal and an outage',
    async run() {
      const app = await install(folder);
      const { postgres } = services;
      await postgres.allowMigrations();
      const workspace = await services.newWorkspace({ postgres: { host: postgres.host } });
      const browser = await launchChromium();
      const collector = await startCollector();
      try {
        workspace.setLifetime({ postgresToken: LIFETIME_MS });
        const env = { ...services.environment(workspace), ...postgres.verifyFull };
        await migrate({ folder, env, workspace, postgres });
        await app.build([]);
        await tellsOfMistakes({ app, services });
        // Nobody sets the host: the pool asks for it.
        const server = await app.start({ ...env, ...collector.env, PGHOST: '' });
        const note = await useIt({ url: `${server.url}/`, browser, workspace, postgres });
        await tellsOfIt(collector, workspace);
        return note;
      } finally {
        await collector.close();
        await browser.close();
        await workspace.close();
      }
    },
  };
}

async function install(folder) {
  const ours = ['node_modules', '.next'];
  cpSync(EXAMPLE, folder, {
    recursive: true,
    filter: (from) => !ours.includes(path.basename(from)),
  });
  const app = project(folder);
  await app.install();
  return app;
}

/** drizzle-kit, which takes a URL and no password function, through `lakebase-token exec`. */
async function migrate({ folder, env, workspace, postgres }) {
  // The second time there is nothing to do.
  for (const time of [1, 2]) {
    await runWell('npm', ['run', 'db:migrate'], { cwd: folder, env });
    assert.equal(workspace.issuedTokens.length, time);
  }
  const columns = await postgres.query(
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'notes' ORDER BY 1",
  );
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['author', 'id', 'text', 'written_at'],
  );
  const migrations = await postgres.query('SELECT count(*)::int FROM drizzle.__drizzle_migrations');
  assert.deepEqual(migrations, [{ count: 1 }]);
}

async function useIt({ url, browser, workspace, postgres }) {
  const visitor = await newVisitor(browser, url);
  const { page } = visitor;
  await page.goto(url);
  await page.getByRole('heading', { name: 'Logged in to postgres as app' }).waitFor();
  await addNote(page, 'Hello from Chromium.');

  const plain = await newVisitor(browser, url, { javaScriptEnabled: false });
  await plain.page.goto(url);
  await addNote(plain.page, 'This one needed no JavaScript.');
  const notes = await postgres.query('SELECT text, author FROM notes ORDER BY id DESC LIMIT 2');
  assert.deepEqual(
    notes.map(({ text, author }) => ({ text, author })),
    [
      { text: 'This one needed no JavaScript.', author: 'app' },
      { text: 'Hello from Chromium.', author: 'app' },
    ],
  );

  await seesARenewal(plain.page, workspace);
  await outlivesARefusal(plain.page, postgres);
  await takePictures(browser, url);
  await seesAnOutage(plain.page, workspace);
  for (const { troubles } of [visitor, plain]) assert.deepEqual(troubles, []);
  return await outliveTheToken({ url, form: await hiddenFields(plain.page), workspace, postgres });
}

/** OpenTelemetry has spans of the tokens, and nobody's secret. */
async function tellsOfIt(collector, workspace) {
  const spans = ['lakebase-token fetch', 'lakebase-token wait', 'GET /'];
  await until(() => spans.every((name) => collector.bodies.some((body) => body.includes(name))));
  for (const { token } of workspace.issuedTokens) {
    assert.ok(!collector.bodies.some((body) => body.includes(token)), 'no token is exported');
  }
}

/** Somebody with a browser of their own. What goes wrong in it is written down. */
async function newVisitor(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) troubles.push(`asked for ${request.url()}`);
  });
  return { context, page, troubles };
}

async function addNote(page, text) {
  await page.getByLabel('Leave a note').fill(text);
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.getByRole('row').filter({ hasText: text }).waitFor();
}

/** What the form of the notes sends besides the note. */
function hiddenFields(page) {
  return page
    .locator('.note-form input[type=hidden]')
    .evaluateAll((inputs) => inputs.map(({ name, value }) => [name, value]));
}

async function seesARenewal(page, workspace) {
  const issued = async () => page.locator('.issue time').getAttribute('datetime');
  await page.reload();
  const first = await issued();
  await until(async () => {
    await page.reload();
    const text = await page.locator('main').innerText();
    // The event comes a moment after the count.
    return [/[1-9]\d* renewals? so far/, /Renewed in \d+ ms, \d requests?/].every((fact) =>
      fact.test(text),
    );
  });
  assert.ok((await issued()) > first, 'A later token is shown.');
  const events = await page.getByRole('region', { name: 'What happened to the token' }).innerText();
  assert.match(events, /The first token in \d+ ms, 2 requests/);
  // One for each migration, one to begin with.
  assert.ok(workspace.issuedTokens.length >= 4);
}

/** While the token has some of its life behind it, and more before it. */
async function takePictures(browser, url) {
  mkdirSync(ARTIFACTS, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const { context, page, troubles } = await newVisitor(browser, url, { colorScheme });
    await until(async () => {
      const { token, health } = await (await fetch(`${url}api/status`)).json();
      const age = Date.now() - new Date(token.token.issuedAt).getTime();
      return health === 'well' && age > LIFETIME_MS / 5 && age < LIFETIME_MS / 2;
    });
    await page.goto(url);
    await page.getByRole('button', { name: 'Live' }).waitFor();
    await page.screenshot({ path: path.join(ARTIFACTS, `${colorScheme}.png`) });
    assert.deepEqual(troubles, []);
    await context.close();
  }
}

async function seesAnOutage(page, workspace) {
  workspace.answer('postgresToken', { status: 503, body: DOWN, times: Infinity });
  await until(async () => {
    const response = await page.reload();
    assert.equal(response.status(), 200);
    return (await page.locator('main').innerText()).includes('ERR_LAKEBASE_UNAVAILABLE');
  });
  await page.screenshot({ path: path.join(ARTIFACTS, 'outage.png') });
}

const LIFETIME_MS = 20_000;
const DOWN = { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'The workspace is down.' };
