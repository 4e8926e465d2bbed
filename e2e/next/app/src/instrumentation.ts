export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    // Before the first login: the Postgres of these checks, unlike Lakebase, holds a login to the
    // password that was set before it began.
    const { getLakebasePostgresToken } = await import('lakebase-token');
    await getLakebasePostgresToken();
    const { visit } = await import('@/lib/db');
    await visit('instrumentation');
  }
}
