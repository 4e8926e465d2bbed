// Of each example and each base image: what is in the image, who runs in it, and that it logs in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CA_FILE } from '../../support/tls/keys.js';
import { until } from '../../support/until.mjs';
import { BASES } from './base_images.mjs';
import { workingCopy } from './working_copy.mjs';

const HERE = import.meta.dirname;
const EXAMPLES = path.join(HERE, '../../examples');
const CA_IN_IT = '/etc/workspace-ca.pem';

const APPS = [
  {
    name: 'server',
    holds: ['dist', 'node_modules', 'package-lock.json', 'package.json'],
    logsIn: plainLogin,
  },
  {
    name: 'nextjs',
    holds: ['.next', 'node_modules', 'package.json', 'server.js'],
    logsIn: nextLogin,
  },
];

export function containerChecks({ docker, folder, registry, services }) {
  const copyOf = once((app) =>
    workingCopy(path.join(EXAMPLES, app), path.join(folder, app), registry),
  );
  const image = once(async (name) => {
    const [app, base] = name.split(':');
    await docker.build(name, await copyOf(app), '--build-arg', `NODE=${base}`);
    return name;
  });
  const made = { docker, image, services };
  return [
    ...APPS.flatMap((app) => BASES.map((base) => appCheck({ ...made, app, ...base }))),
    twoLibcsCheck(made),
  ];
}

/** What several checks want is made for the first of them. */
function once(make) {
  const made = new Map();
  return (name) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
}

function appCheck({ docker, image, services, app, base, target }) {
  return {
    name: `examples/${app.name} on node:${base}: one binary, not as root, a login`,
    async run() {
      const workspace = await services.newWorkspace();
      try {
        const built = await image(`${app.name}:${base}`);
        const container = await docker.container(built, settings(services, workspace));
        await holdsNothingElse(container, { ...app, target });
        assert.equal(await container.print('id', '-un'), 'node');
        const { url } = await container.serve();
        await app.logsIn(url);
        assert.ok(workspace.issuedTokens.length > 0);
      } finally {
        await workspace.close();
      }
    },
  };
}

/** The Postgres and the workspace are on this machine's loopback, and so is the container. */
function settings({ postgres }, workspace) {
  const trust = { PGSSLROOTCERT: CA_IN_IT };
  return {
    variables: { ...workspace.env, ...postgres.env, ...trust, PORT: '0' },
    volumes: { [CA_FILE]: CA_IN_IT },
  };
}

async function plainLogin(url) {
  assert.equal(await text(url), 'Logged in as app\n');
}

async function nextLogin(url) {
  const { login, token } = JSON.parse(await text(`${url}/api/status`));
  assert.equal(login.user, 'app');
  assert.ok(token.token.expiresAt, 'it has a token');
  const page = await text(url);
  assert.match(page.replace(/<[^>]*>/g, ''), /Logged in to postgres as app/);
  // What .next/static is for.
  const [style] = /\/_next\/static\/[^"]+\.css/.exec(page) ?? [];
  await text(`${url}${style}`);
}

async function text(url) {
  const response = await fetch(url);
  const answer = await response.text();
  assert.equal(response.status, 200, answer);
  return answer;
}

function twoLibcsCheck({ docker, image, services }) {
  return {
    name: 'node_modules of Debian on node:24-alpine: the first query says what is wrong',
    async run() {
      await image('server:24-slim');
      const file = path.join(HERE, 'two_libcs.Dockerfile');
      await docker.build('two-libcs', HERE, '--file', file);
      const workspace = await services.newWorkspace();
      try {
        const container = await docker.container('two-libcs', settings(services, workspace));
        const server = await container.serve();
        assert.equal((await fetch(server.url)).status, 503);
        await until(() => OTHER_LIBC.test(server.output()));
        assert.equal(workspace.requests.length, 0);
      } finally {
        await workspace.close();
      }
    },
  };
}

const OTHER_LIBC =
  /no native binary that loads on linux x64 musl .*\/linux-x64-gnu: .*\. That is for another C library than musl: install on this system itself/;

/** Its own files, this one binary, and no package that only its developers need. */
async function holdsNothingElse(container, { name, holds, target }) {
  const files = (await container.print('find', '/', '-xdev', '-type', 'f')).split('\n');
  const inApp = files.filter((file) => file.startsWith('/app/'));
  assert.deepEqual([...new Set(inApp.map((file) => file.split('/')[2]))].sort(), holds);
  assert.deepEqual(
    files.filter((file) => /\/lakebase-token\.[^/]*\.node$/.test(file)),
    [`/app/node_modules/@lakebase-token/${target}/lakebase-token.${target}.node`],
  );
  const manifest = readFileSync(path.join(EXAMPLES, name, 'package.json'), 'utf8');
  const foreign = Object.keys(JSON.parse(manifest).devDependencies).filter((dependency) =>
    inApp.some((file) => file.includes(`/node_modules/${dependency}/`)),
  );
  assert.deepEqual(foreign, []);
}
