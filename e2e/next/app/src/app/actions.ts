'use server';

import { visit } from '@/lib/db';

export async function sayHello() {
  await visit('action');
}
