import type { NextApiRequest, NextApiResponse } from 'next';
import { visit } from '@/lib/db';

export default async function handler(_request: NextApiRequest, response: NextApiResponse) {
  response.send(await visit('pages/api'));
}
