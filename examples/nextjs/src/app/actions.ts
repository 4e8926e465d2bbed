'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';
import { db } from '@/lib/db';
import { notes } from '@/lib/db/schema';
import { type Problem, problemOf } from '@/lib/problem';

/** What the form shows after a note could not be added: why, and the text, to try again. */
export interface AddNoteState {
  problem?: Problem;
  text?: string;
}

export async function addNote(_before: AddNoteState, form: FormData): Promise<AddNoteState> {
  // Forms are sent with CRLF, and `maxLength` counts a line break once.
  const text = String(form.get('text') ?? '')
    .replaceAll('\r\n', '\n')
    .trim();
  if (text === '' || text.length > 500) {
    return { problem: { code: 'NOTE', message: 'Write a note of 1 to 500 characters.' }, text };
  }
  try {
    await db.insert(notes).values({ text });
  } catch (error) {
    return { problem: problemOf(error), text };
  }
  revalidatePath('/');
  // Without JavaScript: to reload the page then is not to add the note again.
  redirect('/');
}
