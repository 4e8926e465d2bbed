// Serves what ../emulator.mjs asks for, until that process is gone.
import { createRequire } from 'node:module';

const { faults, startWorkspaceEmulator } = createRequire(import.meta.url)('../../js/testing.js');

const STEPS = ['accessToken', 'postgresToken'];

const workspaces = [];

const methods = {
  async start(_, options) {
    // A secret as Databricks gives them out: the official client sends it unencoded.
    const clientSecret = 'dose0123456789abcdef0123456789abcdef';
    const started = await startWorkspaceEmulator({ clientSecret, ...options });
    return { workspace: workspaces.push(started) - 1, env: started.env };
  },
  answer(workspace, step, fault) {
    const found = typeof fault === 'string' ? faults[fault] : fault;
    workspace.answer(step, found && { ...found, times: Number.POSITIVE_INFINITY });
  },
  answerAll(workspace, fault) {
    for (const step of STEPS) methods.answer(workspace, step, fault);
  },
  breakFor(workspace, fault, ms) {
    const { length } = workspace.requests;
    methods.answerAll(workspace, fault);
    const look = setInterval(() => {
      if (workspace.requests.length === length) return;
      clearInterval(look);
      setTimeout(methods.answerAll, ms, workspace, null);
    }, 1);
  },
  revokeAccessTokens(workspace) {
    workspace.revokeAccessTokens();
  },
  requests(workspace) {
    return workspace.requests.map(({ receivedAt }) => receivedAt.getTime());
  },
  close(workspace) {
    return workspace.close();
  },
};

process.on('message', async ({ call, workspace, method, parameters }) => {
  try {
    const result = await methods[method](workspaces[workspace], ...parameters);
    process.send({ call, result });
  } catch (error) {
    process.send({ call, error: error.stack });
  }
});

process.once('disconnect', () => process.exit());
