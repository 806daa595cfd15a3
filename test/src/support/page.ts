import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';

/** A page that is open, and what went wrong in it so far. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of its console, scripts that threw, and whatever it asked of any network. */
  readonly faults: string[];
}

interface View {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** Opens an address; a page from disk may ask for nothing, and one that is served only of its server. */
export async function openPage(
  t: Pick<ExecutionContext, 'teardown'>,
  browser: Browser,
  url: string,
  { width = 1280, height = 900, dark = false }: View = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    isMobile: width < 500,
    hasTouch: width < 500,
  });
  // A machine that has other work on it is slow, and what hangs is ended by the test's own limit.
  context.setDefaultTimeout(180_000);
  t.teardown(() => context.close());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const asked = request.url();
    const own = url.startsWith('file:') ? asked === url : asked.startsWith(url);
    if (!own && !asked.startsWith('data:')) faults.push(`request: ${asked}`);
  });
  await page.goto(url);
  return { page, faults };
}

/** A picture for people, where `KDX_SCREENSHOTS` names a folder for them. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.KDX_SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Lines of a chart, by colour: how many points each has. */
export const linePoints = (page: Page, title: string): Promise<Record<string, number>> =>
  page.evaluate((wanted) => {
    const cards = [...document.querySelectorAll('figure.card')];
    const card = cards.find((figure) => figure.querySelector('h3')?.textContent === wanted);
    const found: Record<string, number> = {};
    for (const path of card?.querySelectorAll('svg path[stroke][fill="none"]') ?? []) {
      const points = (path.getAttribute('d') ?? '').match(/[ML]/g)?.length ?? 0;
      // Axes and grid lines have two ends and no bend.
      const colour = path.getAttribute('stroke') ?? '';
      if (points > 2) found[colour] = Math.max(found[colour] ?? 0, points);
    }
    return found;
  }, title);

/** How many pixels are drawn, of all layers of a canvas together. */
export const drawnPixels = (page: Page, selector: string): Promise<number> =>
  page.locator(selector).evaluateAll((layers) => {
    let drawn = 0;
    for (const layer of layers as HTMLCanvasElement[]) {
      const { data } = layer.getContext('2d')?.getImageData(0, 0, layer.width, layer.height) ?? { data: [] };
      for (let k = 3; k < data.length; k += 4) if (data[k] > 0) drawn += 1;
    }
    return drawn;
  });

/** Pairs of elements that lie over each other, or stand out of the page. */
export const overlaps = (page: Page, selector: string): Promise<number> =>
  page.locator(selector).evaluateAll((elements) => {
    const boxes = elements.map((element) => element.getBoundingClientRect());
    let count = 0;
    for (const [k, a] of boxes.entries())
      for (const b of boxes.slice(k + 1)) {
        const apart =
          a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
        if (!apart) count += 1;
      }
    return count;
  });
