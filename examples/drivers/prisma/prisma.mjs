import { PrismaPg } from '@prisma/adapter-pg';
import { getLakebasePostgresToken } from 'lakebase-token';
import { PrismaClient } from './generated/client.ts';

export function connect(address) {
  const adapter = new PrismaPg({ ...address, password: getLakebasePostgresToken });
  const prisma = new PrismaClient({ adapter });

  return {
    query: (sql) => prisma.$queryRawUnsafe(sql),
    close: () => prisma.$disconnect(),
  };
}
