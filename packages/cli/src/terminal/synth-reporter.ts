import type { SynthesisEvent } from '@kdx/plugin-df-dearkd';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { count, duration, number, percent } from './format.js';

interface SynthReporterOptions {
  /** Images the pool is to have. */
  readonly images: number;
  readonly stream?: NodeJS.WriteStream;
}

/**
 * Tells a person how a synthesis goes: one live line with the loss and its parts, the speed and the time left, and one line per
 * batch that stays. Where there is no terminal only the lines that stay are written.
 */
export function synthReporter({
  images,
  stream = process.stdout,
}: SynthReporterOptions): (event: SynthesisEvent) => void {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  let perBatch = 0;
  let batches = 0;
  /** Of the batch in progress: where it was first heard of, and when. */
  let from: { batch: number; step: number; at: number } | undefined;

  const stay = (line: string): void => {
    live?.clear();
    stream.write(`${line}\n`);
  };
  return (event) => {
    switch (event.type) {
      case 'start':
        perBatch = event.imagesPerBatch;
        batches = event.batches + Math.ceil(Math.max(0, images - event.images) / perBatch);
        for (const [batch, error] of event.damaged) {
          stay(`${pc.yellow(error.code)} batch ${batch} is made again: ${error.message}`);
        }
        if (event.images > 0) stay(pc.dim(`${count(event.images)} images are there already`));
        break;
      case 'resumed':
        stay(pc.dim(`batch ${event.batch + 1} goes on after iteration ${count(event.step)}`));
        break;
      case 'anew':
        stay(`${pc.yellow(event.error.code)} batch ${event.batch + 1} begins anew: ${event.error.message}`);
        break;
      case 'verified':
        stay(pc.dim(`batch ${event.batch + 1} verified`));
        break;
      case 'step': {
        const now = performance.now();
        if (from?.batch !== event.batch) from = { batch: event.batch, step: event.step, at: now };
        const rate = (event.step - from.step) / ((now - from.at) / 1000);
        const left = (event.steps - event.step + (batches - event.batch - 1) * event.steps) / rate;
        const parts = Object.entries(event.parts).map(([name, value]) => `${name} ${number(value)}`);
        live?.(
          `batch ${event.batch + 1}/${batches}  iteration ${count(event.step)}/${count(event.steps)}  loss ${number(event.loss)} (${parts.join(', ')})  ` +
            (Number.isFinite(left) ? `ETA ${duration(left)}` : ''),
        );
        break;
      }
      case 'batch': {
        const twice = event.duplicates > 0 ? `, ${event.duplicates} were there already` : '';
        const verified =
          event.verified === undefined ? '' : `, the verifier ${percent(100 * event.verified)}`;
        stay(
          `batch ${event.batch + 1}/${batches}  ${count(event.added)} images${twice}: the inverted network knows ${percent(100 * event.inverted)} again${verified}  ${pc.dim(duration(event.seconds))}`,
        );
        break;
      }
    }
  };
}
