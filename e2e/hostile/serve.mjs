// A server that behaves as its first argument says, in a process of its own: a flood must not keep the
// process that measures from its work. Tells its parent the port, and ends with it.
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { behaviourNamed } from './behaviours/all.mjs';
import { answer, good, STEPS, silence } from './wire.mjs';

const behaviour = behaviourNamed(process.argv[2]);

const server = behaviour.secure
  ? createTlsServer(behaviour.secure, serve)
  : createServer({ allowHalfOpen: true }, behaviour.hello ? greet : serve);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
server.on('tlsClientError', silence);
process.on('disconnect', () => process.exit());

/** Does its part as soon as the client has said something. */
function greet(socket) {
  socket.on('error', silence).on('end', () => socket.end());
  socket.once('data', () => behaviour.hello(socket)).resume();
}

function serve(socket) {
  let text = '';
  socket.on('error', silence).on('end', () => socket.end());
  behaviour.connect?.(socket);
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    for (let request = next(); request !== undefined; request = next()) respond(request, socket);
  });

  /** The first request whose all is there. */
  function next() {
    const end = text.indexOf('\r\n\r\n') + 4;
    const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
    if (end < 4 || text.length < end + length) return undefined;
    const [method, path] = text.split(' ');
    const authorization = /^authorization: *(.*)\r$/im.exec(text.slice(0, end))?.[1] ?? '';
    text = text.slice(end + length);
    return { step: method === 'CONNECT' ? 'tunnel' : STEPS[path], path, authorization };
  }
}

function respond(request, socket) {
  const said = replyTo(request);
  const bytes = typeof said === 'function' ? said(request, socket) : said;
  if (typeof bytes === 'string' || Buffer.isBuffer(bytes)) socket.write(bytes);
}

function replyTo({ step }) {
  if (step === behaviour.step) return behaviour.reply ?? silence;
  return behaviour.first ?? (step ? good(step) : answer('404 Not Found'));
}
