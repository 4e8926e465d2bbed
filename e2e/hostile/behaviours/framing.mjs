// Answers whose frame is odd: lengths, chunks, encodings, and statuses that say there is no body.
import { gzipSync } from 'node:zlib';
import { answer, CHUNKED, chunks, granted, head, ok } from '../wire.mjs';

const sized =
  (length) =>
  ({ step }) =>
    head('200 OK', `content-length: ${length}\r\n`) + granted(step);
const lengths =
  (a, b) =>
  ({ step }) =>
    head('200 OK', `content-length: ${a}\r\ncontent-length: ${b}\r\n`) + granted(step);
const sizedChunk =
  (size) =>
  ({ step }) =>
    `${CHUNKED}${size}\r\n${granted(step)}\r\n0\r\n\r\n`;
const encoded = (encoding, bytes) => ok(bytes, `content-encoding: ${encoding}\r\n`);
const withBody =
  (status) =>
  ({ step }) =>
    answer(status, granted(step));

/** Small, and a hundred mebibytes when it is unpacked. */
const bomb = () => gzipSync(Buffer.alloc(100 * 1024 * 1024));

export const framing = {
  'a length that is too short': sized(10),
  'a length that is too long': sized(100_000),
  'a negative length': sized(-1),
  'a length of 2^63': sized('9223372036854775808'),
  'a length of 2^64 and more': sized('99999999999999999999999'),
  'a length in words': sized('all of it'),
  'two lengths that agree': ({ step }) => lengths(...Array(2).fill(granted(step).length))({ step }),
  'two lengths that differ': lengths(10, 20),
  'a length and chunks': ({ step }) =>
    `${head('200 OK', 'content-length: 5\r\ntransfer-encoding: chunked\r\n')}${chunks(granted(step))}0\r\n\r\n`,
  'a chunk of a negative size': sizedChunk('-5'),
  'a chunk of 2^64 bytes': sizedChunk('ffffffffffffffff'),
  'a chunk of 2^68 bytes': sizedChunk('fffffffffffffffff'),
  'a chunk whose size is not hexadecimal': sizedChunk('many'),
  'a chunk that does not end where it should': sizedChunk('4'),
  'no last chunk': ({ step }) => CHUNKED + chunks(granted(step)),
  'chunks of one byte': ({ step }) => `${CHUNKED}${chunks(granted(step), 1)}0\r\n\r\n`,
  'ten thousand trailers': ({ step }) =>
    `${CHUNKED}${chunks(granted(step))}0\r\n${'x-trailer: 1\r\n'.repeat(10_000)}\r\n`,
  'chunked twice': ({ step }) =>
    `${head('200 OK', 'transfer-encoding: chunked, chunked\r\n')}${chunks(granted(step))}0\r\n\r\n`,
  'a transfer encoding that there is not': ({ step }) =>
    head('200 OK', 'transfer-encoding: zip\r\n') + granted(step),
  'a bomb of gzip': () => encoded('gzip', bomb()),
  'gzip that is none': ({ step }) => encoded('gzip', granted(step)),
  '101 Switching Protocols': head(
    '101 Switching Protocols',
    'upgrade: websocket\r\nconnection: upgrade\r\n',
  ),
  '204 with a body': withBody('204 No Content'),
  '205 with a body': withBody('205 Reset Content'),
  '206 with half of a body': ({ step }) =>
    answer('206 Partial Content', granted(step).slice(0, 40), 'content-range: bytes 0-39/120\r\n'),
  '304 with a body': withBody('304 Not Modified'),
};
