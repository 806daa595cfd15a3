import type { EChartsCoreOption } from 'echarts';
import { h } from './dom';
import { ink, paper } from './theme';

/** ECharts, which the page brings as a script of its own. */
declare const echarts: typeof import('echarts');

/** What a saved chart holds besides its drawing. */
export interface Saved {
  readonly title: string;
  readonly note?: string;
  /** Names of series that are keys to the drawing. */
  readonly keys?: readonly string[];
  /** The drawn values, a line for each; the first is the head. */
  readonly rows: () => readonly (readonly (string | number)[])[];
}

export type SaveKind = 'png' | 'svg' | 'csv';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Hands a chart to the reader as a file. Nothing leaves the page: the file is made in it. */
export function saveChart(kind: SaveKind, option: EChartsCoreOption, saved: Saved, size: Size): void {
  const name = `${fileName(saved.title)}.${kind}`;
  const content =
    kind === 'csv'
      ? new Blob([csvText(saved.rows())], { type: 'text/csv' })
      : blobOf(draw(kind, option, saved, size));
  download(name, content);
}

/** Draws a chart once more, with its title and its keys inside, beyond the edge of the page. */
function draw(kind: 'png' | 'svg', option: EChartsCoreOption, saved: Saved, size: Size): string {
  const keys = saved.keys ?? [];
  const width = Math.max(640, size.width);
  const perRow = Math.max(1, Math.floor(width / (48 + 7 * Math.max(1, ...keys.map((key) => key.length)))));
  const head = 54 + 22 * Math.ceil(keys.length / perRow);
  const box = h('div', { class: 'beyond' });
  document.body.append(box);
  const chart = echarts.init(box, null, {
    renderer: kind === 'svg' ? 'svg' : 'canvas',
    width,
    height: head + Math.max(280, size.height),
  });
  try {
    const grid = option.grid as { readonly top?: number } | undefined;
    chart.setOption({
      ...option,
      backgroundColor: paper(),
      dataZoom: [],
      grid: { ...grid, top: head + (grid?.top ?? 0) },
      title: {
        text: saved.title,
        subtext: saved.note,
        left: 8,
        top: 4,
        itemGap: 8,
        textStyle: { color: ink(), fontSize: 15 },
        subtextStyle: { color: ink(), fontSize: 11 },
      },
      legend: {
        show: keys.length > 0,
        data: [...keys],
        left: 4,
        top: 50,
        icon: 'roundRect',
        itemWidth: 22,
        itemHeight: 6,
        textStyle: { color: ink(), fontSize: 12 },
      },
    });
    return chart.getDataURL({ type: kind, pixelRatio: 2 });
  } finally {
    chart.dispose();
    box.remove();
  }
}

/** `data:…` as bytes; the page may fetch nothing, not even that. */
function blobOf(address: string): Blob {
  const comma = address.indexOf(',');
  const [head, body] = [address.slice(5, comma), address.slice(comma + 1)];
  const type = head.replace(/;.*$/s, '');
  if (!/;base64$/.test(head)) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (character) => character.charCodeAt(0))], { type });
}

function download(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export const fileName = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^[-.]+|-+$/g, '')
    .slice(0, 80) || 'chart';

/** Comma-separated values as RFC 4180 has them. */
export const csvText = (rows: readonly (readonly (string | number)[])[]): string =>
  rows
    .map((row) =>
      row
        .map((cell) =>
          typeof cell === 'number' || !/[",\r\n]/.test(cell)
            ? String(cell)
            : `"${cell.replaceAll('"', '""')}"`,
        )
        .join(','),
    )
    .join('\r\n')
    .concat('\r\n');
