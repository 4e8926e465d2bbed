import { NextResponse } from 'next/server';
import { visit } from '@/lib/db';

export async function proxy() {
  return NextResponse.next({ headers: { 'x-proxy': await visit('proxy') } });
}

export const config = { matcher: '/api/who' };
