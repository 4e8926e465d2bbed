// What is asked of Postgres, and who asks.
'use strict';

exports.QUESTION =
  "SELECT 1 AS one, current_user AS role, current_setting('server_version') AS version";

exports.APPLICATION = 'lakebase-token verify';

/** Time for a connection to be ready, as each driver counts it. */
exports.CONNECTION_LIMIT_MS = 10_000;
