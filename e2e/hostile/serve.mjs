// Servers that behave as their parent asks for by name, in a process of its own: they must not keep the
// process that measures from its work. Tells the parent each one's port, and ends with it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { behaviourNamed } from './behaviours/all.mjs';
import { answer, good, STEPS, silence } from './wire.mjs';

process.on('message', async ({ name }) => {
  const server = serverOf(behaviourNamed(name)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send({ name, port: server.address().port });
});
process.on('disconnect', () => process.exit());

function serverOf(behaviour) {
  // Told before it is done: a flood leaves no time for it.
  const met = () => process.send({ name: behaviour.name, isMet: true });
  const serve = (socket) => converse(socket, behaviour, met);
  const server = behaviour.secure
    ? createTlsServer(behaviour.secure, serve)
    : createServer(
        { allowHalfOpen: true },
        behaviour.hello ? (socket) => greet(socket, behaviour, met) : serve,
      );
  // A handshake is what there is to meet.
  if (behaviour.secure) server.on('connection', met);
  return server.on('tlsClientError', silence);
}

/** Does its part as soon as the client has said something. */
function greet(socket, behaviour, met) {
  socket.on('error', silence).on('end', () => socket.end());
  socket
    .once('data', () => {
      met();
      behaviour.hello(socket);
    })
    .resume();
}

function converse(socket, behaviour, met) {
  let text = '';
  socket.on('error', silence).on('end', () => socket.end());
  if (behaviour.connect) {
    met();
    behaviour.connect(socket);
  }
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    for (let request = next(); request !== undefined; request = next()) {
      if (request.step === behaviour.step) met();
      const said = replyTo(request, behaviour);
      const bytes = typeof said === 'function' ? said(request, socket) : said;
      if (typeof bytes === 'string' || Buffer.isBuffer(bytes)) socket.write(bytes);
    }
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

function replyTo({ step }, behaviour) {
  if (step === behaviour.step) return behaviour.reply ?? silence;
  return behaviour.first ?? (step ? good(step) : answer('404 Not Found'));
}
