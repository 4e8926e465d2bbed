import { sql } from 'drizzle-orm';
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export const notes = pgTable('notes', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  text: text().notNull(),
  /** Whoever the token belongs to: Postgres fills it in, the app cannot pretend. */
  author: text().notNull().default(sql`current_user`),
  writtenAt: timestamp('written_at', { withTimezone: true }).notNull().defaultNow(),
});

export type Note = typeof notes.$inferSelect;
