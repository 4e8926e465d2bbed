import { getLakebaseCredential } from 'lakebase-token';

export async function use(signal: AbortSignal | undefined): Promise<string> {
  // @ts-expect-error A text is no signal.
  await getLakebaseCredential({ signal: 'stop' });
  // @ts-expect-error Nor is any object.
  await getLakebaseCredential({ signal: { aborted: false } });
  return (await getLakebaseCredential({ signal })).token;
}
