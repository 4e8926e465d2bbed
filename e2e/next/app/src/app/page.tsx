import { connection } from 'next/server';
import { Suspense } from 'react';
import { visit } from '@/lib/db';
import { sayHello } from './actions';

export default function Home() {
  return (
    <main>
      <Suspense>
        <Visit />
      </Suspense>
      <form action={sayHello}>
        <button type="submit">Hello</button>
      </form>
    </main>
  );
}

async function Visit() {
  await connection();
  return <p>{await visit('page')}</p>;
}
