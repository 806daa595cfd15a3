import { existsSync } from 'node:fs';
import type { Implementation, TestFn } from 'ava';
import { type Browser, chromium } from 'playwright-core';

const ABSENT = 'no Chromium is found; install one, or name it with KDX_CHROMIUM';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * A Chromium on this machine: what `KDX_CHROMIUM` names, Playwright's own, or one of the system.
 * @throws Error when `KDX_CHROMIUM` names none
 */
function chromiumPath(): string | undefined {
  const named = process.env.KDX_CHROMIUM;
  if (named && !existsSync(named)) throw new Error(`KDX_CHROMIUM is "${named}", and nothing is there.`);
  return named || [chromium.executablePath(), ...PLACES].find((path) => path !== '' && existsSync(path));
}

const path = chromiumPath();

/** Starts the browser that {@link browserTest} found. */
export const launch = (): Promise<Browser> => chromium.launch({ executablePath: path });

/**
 * `test` for what is looked at in a browser: where there is none the test is skipped under its name, and fails when
 * `KDX_REQUIRE_CHROMIUM` is `1`.
 */
export function browserTest<Context>(
  test: TestFn<Context>,
): (title: string, implementation: Implementation<[], Context>) => void {
  if (path !== undefined) return (title, implementation) => test(title, implementation);
  if (process.env.KDX_REQUIRE_CHROMIUM === '1') return (title) => test(title, (t) => t.fail(ABSENT));
  return (title, implementation) => {
    test.skip(`${title}: ${ABSENT}`, implementation);
  };
}

export const hasChromium = path !== undefined;
