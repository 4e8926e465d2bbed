// Reading what a client sent.
'use strict';

/** The media type alone: a charset after it is allowed everywhere. */
function mediaType(headers) {
  return headers['content-type']?.split(';')[0].trim().toLowerCase();
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fit to be quoted in an error. */
function printable(text) {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}

module.exports = { isObject, mediaType, printable };
