import { getLakebasePostgresToken } from 'lakebase-token';
import { getLakebasePool } from 'lakebase-token/pg';

export const runtime = 'edge';

export async function GET() {
  const refused = ({ code, message }: { code: string; message: string }) => ({ code, message });
  const token = await getLakebasePostgresToken().catch(refused);
  const pool = await new Promise(() => getLakebasePool()).catch(refused);
  return Response.json({ token, pool });
}
