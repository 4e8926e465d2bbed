// Runs once, when the server starts. Asks for the first token: it is on its way while Next.js loads.
export async function register() {
  // On Vercel only a request has the ID token that it takes.
  if (process.env.NEXT_RUNTIME === 'nodejs' && !process.env.VERCEL) {
    const { getLakebasePostgresToken } = await import('lakebase-token');
    // Not awaited, so it has to be caught. No reason not to start: the first login asks again.
    getLakebasePostgresToken().catch((error) => console.warn(error.message));
  }
}
