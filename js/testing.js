// The entry of `lakebase-token/testing`: a workspace on a loopback port, strict by default and
// misbehaving on command. testing.d.ts is its manual.
'use strict';

const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const https = require('node:https');
const { toldBy } = require('./testing/access_token_request.js');
const { faults, standardError } = require('./testing/answers.js');
const { completed } = require('./testing/completed.js');
const { openSockets, resetConnection } = require('./testing/connections.js');
const { cuts, deliveries, isCut, sleep } = require('./testing/delivery.js');
const { workspaceNamed } = require('./testing/host.js');
const { atLeast, checked, lifetimes } = require('./testing/options.js');
const { boundedBody, pathOf, queryOf } = require('./testing/reading.js');
const { Script } = require('./testing/script.js');
const { RealDate, Workspace } = require('./testing/workspace.js');

/** @type {typeof Symbol.asyncDispose} missing before Node 20.5 */
const asyncDispose = Symbol.asyncDispose ?? Symbol('asyncDispose');

/**
 * @typedef {import('lakebase-token/testing').WorkspaceEmulator} Emulator
 * @typedef {import('lakebase-token/testing').Fault} Fault
 * @typedef {import('./testing/answers.js').Answer} Answer
 * @typedef {import('./testing/delivery.js').Exchange} Exchange
 * @typedef {import('./testing/workspace.js').Request} Request
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:net').Socket} Socket
 * @typedef {http.Server | https.Server} Server
 *
 * @typedef {object} Started what is known only when the server listens
 * @property {string} url
 * @property {(url: string) => void} forgetTokens
 *
 * @typedef {ReturnType<typeof checked> & Started} Settings
 */

/** @type {typeof import('lakebase-token/testing').startWorkspaceEmulator} */
async function startWorkspaceEmulator(options = {}) {
  const settings = checked(options);
  // Before anything is open: without the native addon there is nothing to test.
  const { forgetTokens } = require('./native.js');
  const server = settings.tls ? https.createServer(settings.tls) : http.createServer();
  const sockets = openSockets(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `${settings.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const emulator = new WorkspaceEmulator(server, sockets, { ...settings, url, forgetTokens });
  // The port may be one that an earlier emulator had, whose tokens are still cached.
  forgetTokens(url);
  return emulator;
}

/** @implements {Emulator} */
class WorkspaceEmulator {
  /** @type {Exchange['record'][]} */
  requests = [];
  #server;
  #sockets;
  #settings;
  #workspace;
  #scripts = {
    accessToken: new Script(),
    postgresToken: new Script(),
    lookUp: new Script(),
    idToken: new Script(),
  };
  /** @type {Promise<void> | undefined} */
  #closed;

  /** @param {Server} server @param {Map<number | undefined, Socket>} sockets @param {Settings} settings */
  constructor(server, sockets, settings) {
    this.#server = server;
    this.#sockets = sockets;
    this.#settings = settings;
    this.#workspace = new Workspace(settings);
    this.url = settings.url;
    this.env = Object.freeze(this.#workspace.env);
    this.githubActions = Object.freeze(this.#workspace.githubActions.env);
    this.issuedTokens = this.#workspace.issuedTokens;
    // An idle connection stays: a server that drops it races with the client's next request.
    server.keepAliveTimeout = 0;
    server.on('request', (request, response) => this.#serve(request, response));
  }

  /** @type {Emulator['answer']} */
  answer(step, fault) {
    if (!Object.hasOwn(this.#scripts, step)) {
      throw new TypeError(
        `There is no step ${step}. Use ${Object.keys(this.#scripts).join(', ')}.`,
      );
    }
    this.#scripts[step].replace(fault);
  }

  /** @type {Emulator['issueIdToken']} */
  issueIdToken(claims, header) {
    return this.#workspace.issueIdToken(claims, header);
  }

  /** @param {import('lakebase-token/testing').Lifetimes} lifetimeMs */
  setLifetime(lifetimeMs) {
    this.#workspace.lifetimeMs = lifetimes(lifetimeMs, this.#workspace.lifetimeMs);
  }

  /** @param {number} latencyMs */
  setLatency(latencyMs) {
    this.#settings.latencyMs = atLeast(0, latencyMs, 'latencyMs');
  }

  /** @param {number} clockSkewMs */
  setClockSkew(clockSkewMs) {
    this.#workspace.clockSkewMs = atLeast(-Infinity, clockSkewMs, 'clockSkewMs');
  }

  revokeAccessTokens() {
    this.#workspace.revokeAccessTokens();
  }

  close() {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [asyncDispose]() {
    return this.close();
  }

  async #close() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets.values()) {
      socket.destroy();
    }
    await closed;
    this.#settings.forgetTokens(this.url);
  }

  /** @param {IncomingMessage} request @param {Exchange['response']} response */
  async #serve(request, response) {
    const exchange = this.#exchange(request, response);
    const { record, fault, signal } = exchange;
    try {
      const body = await boundedBody(request);
      if (record.step === 'accessToken' && body !== undefined) {
        Object.assign(record, toldBy(body));
      }
      const delayMs = this.#settings.latencyMs + (fault?.delayMs ?? 0);
      if (delayMs > 0) {
        await sleep(delayMs, undefined, { signal });
      }
      const { delivery = 'whole' } = fault ?? {};
      if (isCut(delivery)) {
        cuts[delivery](exchange);
        return;
      }
      const { url = '', headers } = request;
      const answer = await this.#answerTo({ ...record, query: queryOf(url), headers, body }, fault);
      const complete = completed(answer, record.requestId, this.#workspace.date);
      record.status = answer.status;
      if (answer.reason !== undefined) {
        record.reason = answer.reason;
      }
      await deliveries[delivery](exchange, complete, fault ?? {});
    } catch (error) {
      // A client that left, or a closing emulator, takes its exchange along.
      if (!signal.aborted && !request.socket.destroyed) {
        throw error;
      }
    }
  }

  /**
   * Records the request and takes its fault in one go: a test that sees the record may script anew.
   * @param {IncomingMessage} request
   * @param {Exchange['response']} response
   * @returns {Exchange}
   */
  #exchange(request, response) {
    const { method = '', url = '', socket } = request;
    const path = pathOf(url);
    const step = this.#workspace.stepOf(method, path);
    const workspaceId = workspaceNamed(request.headers);
    /** @type {Exchange['record']} */
    const record = {
      step,
      method,
      path,
      ...(workspaceId !== undefined && { workspaceId }),
      requestId: randomUUID(),
      receivedAt: new RealDate(),
      status: undefined,
    };
    const fault = step === null ? undefined : this.#scripts[step].next();
    if (fault !== undefined) {
      record.fault = true;
    }
    this.requests.push(record);
    // Only the date of the service's own clock, or none.
    response.sendDate = false;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // A response reports an error when it is written to after its client left: of no concern.
    response.on('error', () => {});
    const connection = this.#sockets.get(socket.remotePort);
    const reset = () => resetConnection(connection ?? socket);
    return { record, fault, signal: gone.signal, response, socket, reset };
  }

  /**
   * @param {Omit<Request, 'body'> & { body: Buffer | undefined }} request
   * @param {Fault | undefined} fault
   * @returns {Promise<Answer>}
   */
  async #answerTo(request, fault) {
    if (fault !== undefined && (fault.status !== undefined || fault.body !== undefined)) {
      return { status: fault.status ?? 200, headers: fault.headers, body: fault.body };
    }
    const { body, ...rest } = request;
    const answer = body === undefined ? TOO_LARGE : this.#workspace.judge({ ...rest, body });
    if (answer.issued !== undefined) {
      try {
        await this.#settings.onPostgresToken?.(answer.issued);
      } catch (error) {
        const { message = error } = /** @type {Partial<Error>} */ (error ?? {});
        return internalError(`onPostgresToken: ${message}`);
      }
    }
    return { ...answer, headers: { ...answer.headers, ...fault?.headers } };
  }
}

/** @param {string} reason @returns {Answer} */
function internalError(reason) {
  return { status: 500, body: standardError('INTERNAL_ERROR', reason), reason };
}

/** @type {Answer} */
const TOO_LARGE = {
  status: 413,
  body: standardError('MAX_REQUEST_SIZE_EXCEEDED', 'The body is larger than 1 MiB.'),
  reason: 'The body is larger than 1 MiB.',
};

module.exports = { faults, startWorkspaceEmulator };
