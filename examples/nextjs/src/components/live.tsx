'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';

/** Renders the page anew every now and then, until it is paused. Without JavaScript it is not there. */
export function Live({ everyMs }: { everyMs: number }) {
  const router = useRouter();
  const [isLive, setIsLive] = useState<boolean>();

  useEffect(() => setIsLive(true), []);
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => {
      if (!document.hidden) refresh(router);
    }, everyMs);
    return () => clearInterval(timer);
  }, [isLive, everyMs, router]);

  if (isLive === undefined) return null;
  return (
    <button
      type="button"
      className="button"
      aria-pressed={isLive}
      onClick={() => setIsLive(!isLive)}
    >
      Live
    </button>
  );
}

async function refresh(router: ReturnType<typeof useRouter>) {
  // While the server is away, refresh() would leave this page for the browser's own error.
  const isThere = await fetch('/icon.svg', { method: 'HEAD', cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isThere) router.refresh();
}
