// A real Chromium, such as Debian's: it has to be on PATH.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

export async function launchChromium() {
  return await chromium.launch({ executablePath: found(), args: FLAGS });
}

function found() {
  const places = process.env.PATH.split(path.delimiter).map((folder) =>
    path.join(folder, 'chromium'),
  );
  const place = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (place === undefined) {
    throw new Error('There is no Chromium. Run "apt-get install chromium fonts-dejavu-core".');
  }
  return place;
}

// Nothing but what a page asks for goes out.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
