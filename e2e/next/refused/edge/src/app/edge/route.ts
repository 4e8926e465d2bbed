import { getLakebasePostgresToken } from 'lakebase-token';

export const runtime = 'edge';

export async function GET() {
  return Response.json(
    await getLakebasePostgresToken().catch(({ code, message }) => ({ code, message })),
  );
}
