import { connection, NextResponse } from 'next/server';
import { problemOf } from '@/lib/problem';
import { readStatus } from '@/lib/status';

/** The facts of the page for machines: 200 if Postgres can be used, 503 if not. */
export async function GET() {
  await connection();
  const { at, health, login, token, events, pool, problems } = await readStatus();
  const { lastFailure: last } = token;
  return NextResponse.json(
    {
      at,
      health,
      login,
      token: { ...token, lastFailure: last && { at: last.at, ...problemOf(last.error) } },
      events,
      pool,
      problems,
    },
    { status: health === 'down' ? 503 : 200, headers: { 'cache-control': 'no-store' } },
  );
}
