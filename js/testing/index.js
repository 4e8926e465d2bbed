// The entry of `lakebase-token/testing`: a workspace on a loopback port, strict by default and
// misbehaving on command. testing.d.ts is its manual.
'use strict';

const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const https = require('node:https');
const { faults, standardError } = require('./answers.js');
const { cuts, deliveries, sleep } = require('./delivery.js');
const { atLeast, checked, lifetimes } = require('./options.js');
const { Script } = require('./script.js');
const { RealDate, STEPS, Workspace } = require('./workspace.js');

async function startWorkspaceEmulator(options = {}) {
  const settings = checked(options);
  // Before anything is open: without the native addon there is nothing to test.
  const { forgetTokens } = require('../native.js');
  const server = settings.tls ? https.createServer(settings.tls) : http.createServer();
  const sockets = openSockets(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `${settings.tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  const emulator = new WorkspaceEmulator(server, sockets, { ...settings, url, forgetTokens });
  // The port may be one that an earlier emulator had, whose tokens are still cached.
  forgetTokens(url);
  return emulator;
}

class WorkspaceEmulator {
  requests = [];
  #server;
  #sockets;
  #settings;
  #workspace;
  #scripts = { accessToken: new Script(), postgresToken: new Script() };
  #closed;

  constructor(server, sockets, settings) {
    this.#server = server;
    this.#sockets = sockets;
    this.#settings = settings;
    this.#workspace = new Workspace(settings);
    this.url = settings.url;
    this.env = Object.freeze(this.#workspace.env);
    this.issuedTokens = this.#workspace.issuedTokens;
    // An idle connection stays: a server that drops it races with the client's next request.
    server.keepAliveTimeout = 0;
    server.on('request', (request, response) => this.#serve(request, response));
  }

  answer(step, fault) {
    if (!Object.hasOwn(this.#scripts, step)) {
      throw new TypeError(`There is no step ${step}. Use accessToken or postgresToken.`);
    }
    this.#scripts[step].replace(fault);
  }

  setLifetime(lifetimeMs) {
    this.#workspace.lifetimeMs = lifetimes(lifetimeMs, this.#workspace.lifetimeMs);
  }

  setLatency(latencyMs) {
    this.#settings.latencyMs = atLeast(0, latencyMs, 'latencyMs');
  }

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

  async #close() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets.values()) {
      socket.destroy();
    }
    await closed;
    this.#settings.forgetTokens(this.url);
  }

  async #serve(request, response) {
    const exchange = this.#exchange(request, response);
    const { record, fault, signal } = exchange;
    try {
      const body = await boundedBody(request);
      const delayMs = this.#settings.latencyMs + (fault?.delayMs ?? 0);
      if (delayMs > 0) {
        await sleep(delayMs, undefined, { signal });
      }
      const { delivery = 'whole' } = fault ?? {};
      if (Object.hasOwn(cuts, delivery)) {
        cuts[delivery](exchange);
        return;
      }
      const answer = await this.#answerTo({ ...record, headers: request.headers, body }, fault);
      const complete = this.#complete(answer, record.requestId);
      record.status = answer.status;
      if (answer.reason !== undefined) {
        record.reason = answer.reason;
      }
      await deliveries[delivery](exchange, complete, fault);
    } catch (error) {
      // A client that left, or a closing emulator, takes its exchange along.
      if (!signal.aborted && !request.socket.destroyed) {
        throw error;
      }
    }
  }

  /** Records the request and takes its fault in one go: whoever sees the one may script anew. */
  #exchange(request, response) {
    const { method, socket } = request;
    const path = pathOf(request.url);
    const step = STEPS[`${method} ${path}`] ?? null;
    const record = {
      step,
      method,
      path,
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
    // Written to after its client left, a response reports an error that concerns nobody.
    response.on('error', () => {});
    const connection = this.#sockets.get(socket.remotePort);
    const reset = () => resetConnection(connection);
    return { record, fault, signal: gone.signal, response, socket, reset };
  }

  async #answerTo(request, fault) {
    if (fault !== undefined && (fault.status !== undefined || fault.body !== undefined)) {
      return { status: fault.status ?? 200, headers: fault.headers, body: fault.body };
    }
    const answer = request.body === undefined ? TOO_LARGE : this.#workspace.judge(request);
    if (answer.issued !== undefined) {
      try {
        await this.#settings.onPostgresToken?.(answer.issued);
      } catch (error) {
        return internalError(`onPostgresToken: ${error?.message ?? error}`);
      }
    }
    return { ...answer, headers: { ...answer.headers, ...fault?.headers } };
  }

  /** An answer with all its headers, and its body in bytes. */
  #complete({ status, headers = {}, body = '' }, requestId) {
    const content = typeof body === 'function' ? body(requestId) : body;
    const isJson = typeof content === 'object' && !ArrayBuffer.isView(content);
    const all = {
      date: this.#workspace.date.toUTCString(),
      'x-request-id': requestId,
      ...(isJson && { 'content-type': 'application/json' }),
    };
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) {
        delete all[name.toLowerCase()];
      } else {
        all[name.toLowerCase()] = value;
      }
    }
    return { status, headers: all, body: Buffer.from(isJson ? JSON.stringify(content) : content) };
  }
}

if (Symbol.asyncDispose) {
  WorkspaceEmulator.prototype[Symbol.asyncDispose] = WorkspaceEmulator.prototype.close;
}

/** Every open connection by its other end's port; of https the one below TLS: it can be reset. */
function openSockets(server) {
  const sockets = new Map();
  server.on('connection', (socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  return sockets;
}

/** Ends a connection with RST alone; `resetAndDestroy` sends FIN first, which is another fault. */
function resetConnection(socket) {
  socket.resetAndClosing = true;
  socket.destroy();
}

/** The request's body; undefined when it is too large, which is known only after reading it all. */
async function boundedBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** The path alone: a query may hold secrets, and a proxy's request line holds a whole URL. */
function pathOf(target) {
  return target.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/)[0];
}

function internalError(reason) {
  return { status: 500, body: standardError('INTERNAL_ERROR', reason), reason };
}

const MAX_BODY_BYTES = 1024 * 1024;

const TOO_LARGE = {
  status: 413,
  body: standardError('MAX_REQUEST_SIZE_EXCEEDED', 'The body is larger than 1 MiB.'),
  reason: 'The body is larger than 1 MiB.',
};

module.exports = { faults, startWorkspaceEmulator };
