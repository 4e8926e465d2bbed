import { connection } from 'next/server';
import { Headline } from '@/components/headline';
import { LoginFacts } from '@/components/login_facts';
import { Notes } from '@/components/notes';
import { Pool } from '@/components/pool';
import { Token } from '@/components/token';
import { TokenEvents } from '@/components/token_events';
import { TopBar } from '@/components/top_bar';
import { readStatus } from '@/lib/status';

export default async function Page() {
  await connection(); // Never prerendered: a build knows no status, and must not ask for a token.
  const status = await readStatus();
  return (
    <>
      <TopBar at={status.at} />
      <main>
        <Headline {...status} />
        <Token {...status} />
        <TokenEvents events={status.events} now={status.at} />
        <div className="columns">
          <LoginFacts login={status.login} />
          <Pool {...status.pool} />
        </div>
        <Notes notes={status.notes} now={status.at} />
      </main>
    </>
  );
}
