'use client';

import { useActionState } from 'react';
import { type AddNoteState, addNote } from '@/app/actions';

/** A plain form: without JavaScript it is posted, and the page comes back with the note. */
export function NoteForm() {
  const [{ problem, text }, action, isPending] = useActionState<AddNoteState, FormData>(
    addNote,
    {},
  );
  return (
    <form className="note-form" action={action}>
      <label htmlFor="note">Leave a note</label>
      <div className="row">
        <textarea
          id="note"
          name="text"
          rows={1}
          maxLength={500}
          required
          defaultValue={text}
          aria-describedby={problem && 'note-problem'}
          aria-invalid={problem !== undefined}
        />
        <button type="submit" className="button primary" disabled={isPending}>
          Add note
        </button>
      </div>
      {problem && (
        <p className="problem" id="note-problem" role="alert">
          <code>{problem.code}</code> {problem.message}
        </p>
      )}
    </form>
  );
}
