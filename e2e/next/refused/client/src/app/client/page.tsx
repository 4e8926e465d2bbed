'use client';

import { getLakebasePostgresToken } from 'lakebase-token';

export default function Client() {
  return (
    <button type="button" onClick={() => getLakebasePostgresToken()}>
      Token
    </button>
  );
}
