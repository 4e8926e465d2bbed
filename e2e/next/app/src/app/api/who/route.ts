import { visit } from '@/lib/db';

export async function GET(request: Request) {
  // Asked for what only a request has, so that it is not answered at build time.
  const { searchParams } = new URL(request.url);
  return new Response(await visit(searchParams.get('as') ?? 'route'));
}
