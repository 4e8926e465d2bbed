import type { NextConfig } from 'next';

// lakebase-token needs nothing here.
const config: NextConfig = {
  // `NEXT_OUTPUT=standalone npm run build` makes a folder to copy into a container.
  output: process.env.NEXT_OUTPUT === 'standalone' ? 'standalone' : undefined,
};

export default config;
