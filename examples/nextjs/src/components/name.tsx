import { Fragment } from 'react';

/** A host, a role or an address, to be broken between its parts where it is too long for a line. */
export function Name({ children }: { children: string }) {
  const parts = children.split(/(?<=\.)|(?=@)/);
  return parts.map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
