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
      if (!document.hidden) router.refresh();
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
