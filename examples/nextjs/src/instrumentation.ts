import { registerOTel } from '@vercel/otel';
import { LakebaseTokenInstrumentation } from 'lakebase-token/otel';

// Runs once, when the server starts.
export async function register() {
  // Spans of requests and of tokens, for whoever collects them.
  if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT || process.env.VERCEL) {
    registerOTel({
      serviceName: 'lakebase-token-nextjs-example',
      instrumentations: ['auto', new LakebaseTokenInstrumentation()],
    });
  }
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    // Before the first token is asked for, so that the page can tell of that, too.
    const { watchToken } = await import('@/lib/token_events');
    watchToken();
    // On its way while Next.js loads. On Vercel only a request has the ID token that it takes.
    if (!process.env.VERCEL) {
      const { getLakebasePostgresToken } = await import('lakebase-token');
      // Not awaited, so it has to be caught. No reason not to start: the first login asks again.
      getLakebasePostgresToken().catch((error) => console.warn(error.message));
    }
  }
}
