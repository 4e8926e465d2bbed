// The pool's entry for browsers. Only to fail the build of a client component does it need the package's own.
'use strict';

require('./browser.js');

module.exports = require('./pg_stub.js');
