import { PrismaPg } from '@prisma/adapter-pg';
import { getLakebasePgConfig } from 'lakebase-token/pg';
import { PrismaClient } from './generated/client.ts';

export function connect(address) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(getLakebasePgConfig(address)) });

  return {
    query: (sql) => prisma.$queryRawUnsafe(sql),
    close: () => prisma.$disconnect(),
  };
}
