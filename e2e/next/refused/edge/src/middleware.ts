import { getLakebasePostgresToken } from 'lakebase-token';
import { NextResponse } from 'next/server';

// Unlike proxy.ts, which took its place, this runs on the Edge runtime.
export async function middleware() {
  const code = await getLakebasePostgresToken().catch((error) => error.code);
  return NextResponse.next({ headers: { 'x-middleware': code } });
}

export const config = { matcher: '/edge' };
