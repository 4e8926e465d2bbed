// Prints what comes of a call, and of the status before it.
import * as tokens from 'lakebase-token';

const status = tokens.getLakebaseTokenStatus().lastFailure?.error.code;
const accessToken = () => String(process.env.DATABRICKS_TOKEN);
const calls = [
  tokens.getLakebasePostgresToken(),
  tokens.getLakebaseCredential(),
  tokens.createLakebaseTokens({ identity: { accessToken } }).getToken(),
];
Promise.allSettled(calls).then((ends) => {
  const outcomes = ends.map(({ value, reason }) =>
    reason
      ? { name: reason.name, code: reason.code, message: reason.message }
      : (value.token ?? value),
  );
  console.log(JSON.stringify({ status, outcomes }));
});
