// Runs once, when the server starts and before it answers: the first request finds a token.
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { getLakebaseCredential } = await import('lakebase-token');
    try {
      await getLakebaseCredential({ timeoutMs: 3_000 });
    } catch (error) {
      // No reason not to start: the first login asks again.
      console.warn((error as Error).message);
    }
  }
}
