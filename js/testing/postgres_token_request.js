// What the credentials endpoint accepts: a JSON object with an endpoint and three optional fields.
'use strict';

const { invalidParameter, standard } = require('./answers.js');
const { isObject, mediaType, printable } = require('./reading.js');

/**
 * The endpoint asked for, and the lifetime if one was asked for; throws a refusal.
 * @param {import('./workspace.js').Request} request
 * @param {Date} date the service's clock
 */
function readPostgresTokenRequest({ headers, body }, date) {
  const asked = jsonObject(headers, body);
  allowFields(asked, ['endpoint', 'ttl', 'expire_time', 'claims'], 'the request');
  if (!isEndpointPath(asked.endpoint)) {
    throw invalidParameter(
      'endpoint must look like projects/{project}/branches/{branch}/endpoints/{endpoint}',
    );
  }
  checkClaims(asked.claims);
  return { endpoint: asked.endpoint, lifetimeMs: lifetimeMs(asked, date) };
}

/**
 * Checks the path's shape only. Ids are not checked: older ones use other characters.
 * @param {unknown} text
 * @returns {text is string}
 */
function isEndpointPath(text) {
  return (
    typeof text === 'string' && /^projects\/[^/]+\/branches\/[^/]+\/endpoints\/[^/]+$/.test(text)
  );
}

/** @param {import('node:http').IncomingHttpHeaders} headers @param {Buffer} body */
function jsonObject(headers, body) {
  if (mediaType(headers) !== 'application/json') {
    throw standard(400, 'MALFORMED_REQUEST', 'The content type is not application/json');
  }
  let value;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw standard(400, 'MALFORMED_REQUEST', 'The body is not JSON');
  }
  if (!isObject(value)) {
    throw standard(400, 'MALFORMED_REQUEST', 'The body is not a JSON object');
  }
  return value;
}

/** @param {Record<string, unknown>} asked @param {Date} date */
function lifetimeMs({ ttl, expire_time: expireTime }, date) {
  if (ttl !== undefined && expireTime !== undefined) {
    throw invalidParameter('ttl and expire_time exclude each other');
  }
  if (ttl !== undefined) {
    const askedMs = DURATION.test(String(ttl)) ? Number.parseFloat(String(ttl)) * 1000 : Number.NaN;
    if (!(askedMs >= SHORTEST_TTL_MS && askedMs <= LONGEST_TTL_MS)) {
      throw invalidParameter('ttl must be a duration from 300s to 3600s');
    }
    return askedMs;
  }
  if (expireTime !== undefined) {
    const moment = String(expireTime);
    const askedMs = RFC_3339.test(moment) ? Date.parse(moment) - date.getTime() : Number.NaN;
    // No lower bound but now: a request for five minutes is one for less when it arrives.
    if (!(askedMs > 0 && askedMs <= LONGEST_TTL_MS)) {
      throw invalidParameter('expire_time must be an RFC 3339 time within the next hour');
    }
    return askedMs;
  }
  return undefined;
}

/** @param {unknown} claims */
function checkClaims(claims = []) {
  if (!isListOfObjects(claims)) {
    throw invalidParameter('claims must be a list of objects');
  }
  for (const claim of claims) {
    allowFields(claim, ['permission_set', 'resources'], 'a claim');
    if (claim.permission_set !== 'READ_ONLY') {
      throw invalidParameter('permission_set must be READ_ONLY');
    }
    // The SDKs leave out a list that is empty.
    const { resources = [] } = claim;
    if (!isListOfObjects(resources) || !resources.every(isTable)) {
      throw invalidParameter('resources must be a list of objects with a table_name');
    }
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>[]}
 */
function isListOfObjects(value) {
  return Array.isArray(value) && value.every(isObject);
}

/** @param {Record<string, unknown>} resource */
function isTable(resource) {
  return typeof resource.table_name === 'string';
}

/** @param {Record<string, unknown>} object @param {string[]} allowed @param {string} where */
function allowFields(object, allowed, where) {
  const unknown = Object.keys(object).find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    throw invalidParameter(`${printable(unknown)} is not a field of ${where}`);
  }
}

/** JSON form of google.protobuf.Duration. */
const DURATION = /^\d+(\.\d{1,9})?s$/;

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

const SHORTEST_TTL_MS = 300_000;

const LONGEST_TTL_MS = 3_600_000;

module.exports = { isEndpointPath, readPostgresTokenRequest };
