import type { NextApiRequest, NextApiResponse } from 'next';
import { visitByPool } from '@/lib/pool';

export default async function handler(_request: NextApiRequest, response: NextApiResponse) {
  response.send(await visitByPool('pool/pages'));
}
