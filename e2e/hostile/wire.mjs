// What servers of every kind send, in bytes.
import { postgresToken, accessToken as standardAccessToken } from './secrets.mjs';

/** A step of a flight, by the path of its request. */
export const STEPS = {
  '/oidc/v1/token': 'accessToken',
  '/api/2.0/postgres/credentials': 'postgresToken',
};

const HOUR_MS = 3_600_000;

/** A status line and header lines, each of which ends with CRLF. */
export const head = (status, headers = '') => `HTTP/1.1 ${status}\r\n${headers}\r\n`;

/** An answer as it should be framed. */
export function answer(status, body = '', headers = '') {
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.concat([Buffer.from(head(status, length + headers)), Buffer.from(body)]);
}

export const ok = (body, headers) => answer('200 OK', body, headers);

/** The answer to `step` with that token, and with that expiry: a JSON text, or what it usually is. */
export function granted(step, token = tokens[step], expiry = undefined) {
  const text = JSON.stringify(token);
  return step === 'accessToken'
    ? `{"access_token":${text},"token_type":"Bearer","expires_in":${expiry ?? 3600}}`
    : `{"token":${text},"expire_time":${expiry ?? JSON.stringify(inAnHour())}}`;
}

/** What a workspace answers that means well. */
export const good = (step) => ok(granted(step));

export const CHUNKED = head('200 OK', 'transfer-encoding: chunked\r\n');

/** A body in chunks of `size` bytes. */
export function chunks(body, size = 16) {
  const pieces = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
}

/** A byte every `everyMs`, then nothing. */
export function drip(socket, bytes, everyMs = 1000) {
  let sent = 0;
  every(socket, everyMs, () => {
    if (sent < bytes.length) socket.write(bytes.slice(sent, ++sent));
  });
}

/** Does it now and every so often, as long as there is somebody. */
export function every(socket, everyMs, act) {
  act();
  const timer = setInterval(act, everyMs);
  socket.on('close', () => clearInterval(timer));
}

/** Ends the connection with RST alone: `resetAndDestroy` sends FIN first. */
export function reset(socket) {
  socket.resetAndClosing = true;
  socket.destroy();
}

/** Writes, and does the next thing when the system has taken it. */
export const after = (bytes, next) => (socket) => socket.write(bytes, () => next(socket));

export const end = (socket) => socket.end();

/** Nothing at all. */
export const silence = () => {};

/** Writes `unit` for ever: as fast as it is read, or so many bytes a second. */
export function flood(socket, unit, bytesPerSecond) {
  const block = Buffer.concat(Array(Math.ceil(BLOCK / unit.length)).fill(Buffer.from(unit)));
  if (bytesPerSecond === undefined) {
    const more = () => socket.destroyed || socket.write(block, more);
    more();
    return;
  }
  const begun = performance.now();
  let sent = 0;
  every(socket, PACE_MS, () => {
    const due = ((performance.now() - begun) / 1000) * bytesPerSecond;
    // Whoever does not read gets no more: it is the client that is to be flooded, not this process.
    for (; sent < due && socket.writableLength < MOST_UNREAD; sent += block.length) {
      socket.write(block);
    }
    sent = Math.max(sent, due - block.length);
  });
}

const BLOCK = 256 * 1024;
const PACE_MS = 4;
const MOST_UNREAD = 4 * BLOCK;

const tokens = { accessToken: standardAccessToken, postgresToken };

const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();
