import { connection } from 'next/server';
import { visitByPool } from '@/lib/pool';

export async function GET() {
  await connection();
  return new Response(await visitByPool('pool/route'));
}
