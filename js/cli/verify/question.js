// What is asked of Postgres, and who asks.
'use strict';

exports.QUESTION =
  "SELECT 1 AS one, current_user AS role, current_setting('server_version') AS version";

exports.APPLICATION = 'lakebase-token verify';
