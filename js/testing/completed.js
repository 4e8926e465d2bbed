// An answer on its way out.
'use strict';

/**
 * An answer with all its headers, and its body in bytes.
 * @param {import('./answers.js').Answer} answer
 * @param {string} requestId
 * @param {Date} date the service's clock
 * @returns {import('./delivery.js').CompleteAnswer}
 */
function completed({ status, headers = {}, body = '' }, requestId, date) {
  const content = typeof body === 'function' ? body(requestId) : body;
  const isJson = typeof content === 'object' && !ArrayBuffer.isView(content);
  const bytes = isJson ? JSON.stringify(content) : /** @type {string | Uint8Array} */ (content);
  /** @type {Record<string, string>} */
  const all = {
    date: date.toUTCString(),
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
  return { status, headers: all, body: Buffer.from(bytes) };
}

module.exports = { completed };
