// `npm run check:links`: what the Markdown files of this repository link to is there: files, folders,
// anchors and images, in their HTML too. Asks nobody outside: links that lead there have to be https.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { ROOT } = require('./root.js');

const OURS = 'http://localhost:'; // linkinator's own server, which serves the folder.

/** A page, and what is wrong with it. */
const WRONG = {
  '[a](gone.md) [b](gone/)': ['gone.md is not there', 'gone/ is not there'],
  '[a](other.md#there) [b](other.md#gone)': ['other.md#gone is not there'],
  '# Here\n\n[a](#here) [b](#gone)': ['page.md#gone is not there'],
  '![a](gone.png) <img src="gone.svg">': ['gone.png is not there', 'gone.svg is not there'],
  '<picture><source srcset="gone.svg"></picture>': ['gone.svg is not there'],
  '[a](https://example.com) [b](http://example.com)': ['http://example.com/ is not https'],
};

async function main() {
  await checkThatItCanFail();
  const pages = markdownFiles();
  const problems = [];
  for (const page of pages) {
    problems.push(...(await problemsOf(page, ROOT)).map((problem) => `${page}: ${problem}`));
  }
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    process.exitCode = 1;
  } else {
    console.log(`The links of ${pages.length} Markdown files lead somewhere.`);
  }
}

/**
 * @param {string} page
 * @param {string} folder
 */
async function problemsOf(page, folder) {
  const { LinkChecker } = await import('linkinator');
  // One for each page: it does not look for an anchor in a page that it has been to before.
  const { links } = await new LinkChecker().check({
    path: page,
    serverRoot: folder,
    markdown: true,
    directoryListing: true,
    checkFragments: true,
    linksToSkip: async (url) => !url.startsWith(OURS),
  });
  return links.flatMap(({ url, state }) => {
    if (state === 'BROKEN') return [`${url} is not there`];
    return state === 'SKIPPED' && !url.startsWith('https://') ? [`${url} is not https`] : [];
  });
}

async function checkThatItCanFail() {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-links-'));
  try {
    writeFileSync(path.join(folder, 'other.md'), '# There\n');
    for (const [text, problems] of Object.entries(WRONG)) {
      writeFileSync(path.join(folder, 'page.md'), text);
      assert.deepEqual((await problemsOf('page.md', folder)).sort(), problems.sort());
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As git sees them: what is new and not yet added counts, what is ignored does not. */
function markdownFiles() {
  // Whoever owns it: in a container that may be somebody else.
  const line = [
    '-c',
    `safe.directory=${ROOT}`,
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    '*.md',
  ];
  const files = execFileSync('git', line, { cwd: ROOT, encoding: 'utf8' });
  return files.split('\0').filter(Boolean);
}

main();
