// Reading what a client sent.
'use strict';

/**
 * The media type alone: a charset after it is allowed everywhere.
 * @param {import('node:http').IncomingHttpHeaders} headers
 */
function mediaType(headers) {
  return headers['content-type']?.replace(/;.*/s, '').trim().toLowerCase();
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {value is string[]}
 */
function isListOfTexts(value) {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/**
 * The request's body; undefined when it is too large, which is known only after reading it all.
 * @param {import('node:http').IncomingMessage} request
 */
async function boundedBody(request) {
  /** @type {Buffer[]} */
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

/**
 * The path alone: a query may hold secrets, and a proxy's request line holds a whole URL.
 * @param {string} target
 */
function pathOf(target) {
  return target.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*/s, '');
}

/** @param {string} target */
function queryOf(target) {
  return new URLSearchParams(/\?[^#]*/.exec(target)?.[0]);
}

/**
 * Fit to be quoted in an error.
 * @param {string} text
 */
function printable(text) {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}

const MAX_BODY_BYTES = 1024 * 1024;

module.exports = { boundedBody, isListOfTexts, isObject, mediaType, pathOf, printable, queryOf };
