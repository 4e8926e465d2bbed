import type { Note } from '@/lib/db/schema';
import { ago } from '@/lib/words';
import { Name } from './name';
import { NoteForm } from './note_form';

export function Notes({ notes, now }: { notes?: Note[]; now: Date }) {
  return (
    <section className="card" aria-labelledby="notes">
      <h2 id="notes">Guest book</h2>
      <NoteForm />
      {notes?.length ? (
        <table>
          <thead>
            <tr>
              <th scope="col">Note</th>
              <th scope="col">Written by</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {notes.map((note) => (
              <Row key={note.id} note={note} now={now} />
            ))}
          </tbody>
        </table>
      ) : (
        <p className="empty">
          {notes
            ? 'Nobody has written anything yet. Be the first.'
            : 'The notes cannot be read now.'}
        </p>
      )}
    </section>
  );
}

function Row({ note: { text, author, writtenAt }, now }: { note: Note; now: Date }) {
  return (
    <tr>
      <td className="text">{text}</td>
      <td>
        <Name>{author}</Name>
      </td>
      <td>
        <time dateTime={writtenAt.toISOString()} title={writtenAt.toUTCString()}>
          {ago(writtenAt, now)}
        </time>
      </td>
    </tr>
  );
}
