// A real Chromium: Debian's, which is installed if this may be done.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

export async function launchChromium() {
  return await chromium.launch({ executablePath: find() ?? install(), args: FLAGS });
}

function find() {
  const places = process.env.PATH.split(path.delimiter).map((folder) =>
    path.join(folder, 'chromium'),
  );
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function install() {
  if (process.getuid?.() !== 0)
    throw new Error('There is no Chromium. Run "apt-get install chromium".');
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update'], options);
  execFileSync(
    'apt-get',
    ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
    options,
  );
  return find();
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
