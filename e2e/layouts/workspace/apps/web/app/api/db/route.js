import { whoIsThere } from '@workspace/db';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json(await whoIsThere());
}
