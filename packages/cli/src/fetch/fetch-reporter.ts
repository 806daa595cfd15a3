import { duration } from '@kdx/core/text';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { bytesText } from '../check/amounts.js';
import { bar } from '../terminal/bar.js';

export interface FetchReporter {
  progress(done: number, total: number | undefined): void;
  trouble(message: string): void;
  /** Takes the live line away. */
  end(): void;
}

/** Tells a person how a download goes: one live line with what came, the rate and the time left, and a line per trouble. */
export function fetchReporter(name: string, stream: NodeJS.WriteStream = process.stderr): FetchReporter {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  let first: { readonly at: number; readonly done: number } | undefined;
  let shown = 0;
  return {
    progress: (done, total) => {
      const now = performance.now();
      if (!first || done < first.done) first = { at: now, done };
      if (now - shown < 100 && done !== total) return;
      shown = now;
      const rate = (done - first.done) / Math.max(1e-3, (now - first.at) / 1000);
      const amount = total === undefined ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`;
      const left = total === undefined || rate === 0 ? '' : `  ETA ${duration((total - done) / rate)}`;
      live?.(
        `${name}  ${total === undefined ? '' : `${bar(done / total)}  `}${amount}  ${bytesText(rate)}/s${left}`,
      );
    },
    trouble: (message) => {
      live?.clear();
      stream.write(`${pc.yellow('!')} ${message}\n`);
    },
    end: () => live?.clear(),
  };
}
