// Odd status lines and headers, and redirects.
import { accessToken, basic } from '../secrets.mjs';
import { answer, good, granted, head, ok } from '../wire.mjs';

const line =
  (statusLine) =>
  ({ step }) =>
    `${statusLine}\r\ncontent-length: 0\r\n\r\n${granted(step)}`;
const withHeaders =
  (headers) =>
  ({ step }) =>
    ok(granted(step), headers);
const refusal = (status, headers) => answer(status, '{}', headers);
const redirect = (location, status = '302 Found') =>
  answer(status, '', `location: ${location}\r\n`);

export const heads = {
  'HTTP/0.9': ({ step }, socket) => socket.end(granted(step)),
  'HTTP/2.0': line('HTTP/2.0 200 OK'),
  'the preface of HTTP/2': Buffer.from(
    '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff',
    'latin1',
  ),
  'status 999': line('HTTP/1.1 999 Beyond'),
  'status 099': line('HTTP/1.1 099 Before'),
  'status 600 without end': line(`HTTP/1.1 6${'0'.repeat(10_000)} Many`),
  'no reason': ({ step }) => good(step).toString().replace('200 OK', '200'),
  'a reason of terminal escapes': refusal('404 \x1b[2J\x1b[31mGone', ''),
  'a reason of 60 KB': refusal(`503 ${'Busy '.repeat(12_000)}`, ''),
  SSH: 'SSH-2.0-OpenSSH_9.2\r\n',
  'line feeds alone': ({ step }) => good(step).toString().replaceAll('\r\n', '\n'),
  'a thousand empty lines first': ({ step }) => '\r\n'.repeat(1000) + good(step),
  'a header without a colon': withHeaders('x-header\r\n'),
  'a header without a name': withHeaders(': value\r\n'),
  'a header that is folded': withHeaders('x-header: a\r\n b\r\n\tc\r\n'),
  'a header with NUL in it': withHeaders('x-header: a\0b\r\n'),
  'ten thousand headers': withHeaders('x-header: 1\r\n'.repeat(10_000)),
  'a header of 1 MiB': withHeaders(`x-header: ${'x'.repeat(1024 * 1024)}\r\n`),
  'a hundred cookies': withHeaders('set-cookie: a=b\r\n'.repeat(98)),
  'a request id of terminal escapes': refusal('404 Not Found', 'x-request-id: a\x9b31m\u202eb\r\n'),
  'a request id of 60 KB': refusal('404 Not Found', `x-request-id: ${'id '.repeat(20_000)}\r\n`),
  'dates of 1601, 9999 and never': withHeaders(
    ['Mon, 01 Jan 1601 00:00:00', 'Fri, 31 Dec 9999 23:59:59', 'never']
      .map((date) => `date: ${date} GMT\r\n`)
      .join(''),
  ),
  'a date of year 99999': withHeaders('date: Fri, 31 Dec 99999 23:59:59 GMT\r\n'),
  'a date of 1970': withHeaders('date: Thu, 01 Jan 1970 00:00:00 GMT\r\n'),
  'Retry-After 10^30': refusal('429 Too Many Requests', `retry-after: 1${'0'.repeat(30)}\r\n`),
  'Retry-After -1': refusal('503 Service Unavailable', 'retry-after: -1\r\n'),
  'Retry-After 0, for ever': refusal('503 Service Unavailable', 'retry-after: 0\r\n'),
  'Retry-After in year 9999': refusal(
    '503 Service Unavailable',
    'retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n',
  ),
  'a redirect to itself': ({ path }) => redirect(path, '307 Temporary Redirect'),
  'a redirect to a file': redirect('file:///etc/passwd'),
  'a redirect to nowhere': answer('302 Found'),
  'a redirect of 300 KB of xn--': redirect(`https://${'xn--a'.repeat(60_000)}/`),
  'a redirect with the own secrets': ({ step }) => {
    const known = step === 'accessToken' ? basic : accessToken;
    return redirect(`https://${known}:${known}@other.test/${known}/${basic}?${known}`);
  },
  'a redirect with terminal escapes': redirect('/\x1b[31m\x07\u202e'),
  'a few interim answers': ({ step }) =>
    ['100 Continue', '102 Processing', '103 Early Hints'].map((status) => head(status)).join('') +
    good(step),
};
