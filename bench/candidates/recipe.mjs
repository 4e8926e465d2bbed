// The flow of the recipe "Lakebase Token Management", written anew without its types, as a compiler
// would leave it. Its caching, single flights, buffer and order of requests are the recipe's; its
// `env` is `process.env`, without the validation at import that the recipe adds elsewhere.

// The one argument that the recipe does not have: over tokens that live for seconds its two minutes
// would make every call a request, so there the measurement gives it two minutes in proportion.
const REFRESH_BUFFER_MS = Number(process.env.RECIPE_REFRESH_BUFFER_MS ?? 2 * 60 * 1000);

let cachedWorkspaceToken = null;
let workspaceRefreshPromise = null;
let cachedLakebaseToken = null;
let lakebaseRefreshPromise = null;

export async function getLakebasePostgresToken() {
  if (isFresh(cachedLakebaseToken)) {
    return cachedLakebaseToken.value;
  }
  lakebaseRefreshPromise ??= (async () => {
    const { env } = process;
    const host = env.DATABRICKS_HOST.replace(/\/$/, '');
    return fetchLakebaseCredential(host, env.LAKEBASE_ENDPOINT, await workspaceToken(host, env));
  })()
    .then((token) => {
      cachedLakebaseToken = token;
      return token;
    })
    .finally(() => {
      lakebaseRefreshPromise = null;
    });
  return (await lakebaseRefreshPromise).value;
}

async function workspaceToken(host, env) {
  if (env.DATABRICKS_TOKEN) {
    return env.DATABRICKS_TOKEN;
  }
  if (isFresh(cachedWorkspaceToken)) {
    return cachedWorkspaceToken.value;
  }
  workspaceRefreshPromise ??= fetchWorkspaceToken(host, env)
    .then((token) => {
      cachedWorkspaceToken = token;
      return token;
    })
    .finally(() => {
      workspaceRefreshPromise = null;
    });
  return (await workspaceRefreshPromise).value;
}

function isFresh(token) {
  return token !== null && Date.now() < token.expiresAt - REFRESH_BUFFER_MS;
}

async function fetchWorkspaceToken(host, env) {
  const response = await fetch(`${host}/oidc/v1/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env.DATABRICKS_CLIENT_ID,
      client_secret: env.DATABRICKS_CLIENT_SECRET,
      scope: 'all-apis',
    }),
  });
  if (!response.ok) {
    throw new Error(`M2M token request failed: ${response.status}`);
  }
  const { access_token, expires_in } = await response.json();
  if (!access_token || !expires_in) {
    throw new Error('Invalid M2M token response');
  }
  return { value: access_token, expiresAt: Date.now() + expires_in * 1000 };
}

async function fetchLakebaseCredential(host, endpoint, accessToken) {
  const response = await fetch(`${host}/api/2.0/postgres/credentials`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${accessToken}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
    },
    body: JSON.stringify({ endpoint }),
  });
  if (!response.ok) {
    throw new Error(`Lakebase credential request failed: ${response.status}`);
  }
  const { token, expire_time } = await response.json();
  if (!token || !expire_time) {
    throw new Error('Invalid Lakebase credential response');
  }
  return { value: token, expiresAt: new Date(expire_time).getTime() };
}
