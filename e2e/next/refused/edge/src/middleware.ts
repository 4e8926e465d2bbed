import { getLakebasePostgresToken } from 'lakebase-token';
import { getLakebasePool } from 'lakebase-token/pg';
import { NextResponse } from 'next/server';

// Unlike proxy.ts, which took its place, this runs on the Edge runtime.
export async function middleware() {
  const codeOf = ({ code }: { code: string }) => code;
  const token = await getLakebasePostgresToken().catch(codeOf);
  const pool = await new Promise(() => getLakebasePool()).catch(codeOf);
  return NextResponse.next({ headers: { 'x-middleware': `${token}, ${pool}` } });
}

export const config = { matcher: '/edge' };
