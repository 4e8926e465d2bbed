'use client';

import { getLakebasePool } from 'lakebase-token/pg';

export default function Client() {
  return (
    <button type="button" onClick={() => getLakebasePool()}>
      Pool
    </button>
  );
}
