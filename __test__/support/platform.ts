// What a test needs that not every platform has: where it is missing, the test is skipped, by this name.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export const isWindows = process.platform === 'win32';

/** Where a folder of one's own begins. */
export const HOME = isWindows ? 'USERPROFILE' : 'HOME';

/** Names of variables differ by their case. */
export const hasCases = !isWindows;

/** A program hears a signal: on Windows each ends it. */
export const hasSignals = !isWindows;

/** The mode of a file says who may read, write and run it; it may be a named pipe. */
export const hasFileModes = !isWindows;

/** `sh`, and what comes with it. */
export const hasShell = !isWindows;

/** A file may be called anything. */
export const hasAnyName = !isWindows;

/** A link to a file or folder may be made by anybody: on Windows by administrators. */
export const hasLinks = !isWindows;

/** The Postgres of support/postgres, or one beside Wine. */
export const hasPostgres = !isWindows || process.env.TEST_POSTGRES !== undefined;

/** Rust, in which a Windows beside Linux has none. */
export const hasCargo = !isWindows || spawnSync('cargo', ['--version']).status === 0;

/** Stands in for the first line of a script on Windows; see scripts/cross/script_launcher.c. */
export const LAUNCHER = path.resolve('target', 'script_launcher.exe');

/** A script is a program. */
export const hasScripts = !isWindows || existsSync(LAUNCHER);
