import { count, counted, duration, number, percent } from '@kdx/core/text';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { SynthesisEvent } from '../synthesis/request.js';

interface SynthReporterOptions {
  /** Lines above all others, written when the first is. */
  readonly head?: readonly string[];
  /** Images the pool is to have. */
  readonly images: number;
  readonly stream: NodeJS.WriteStream;
}

/** Without its last part, which says what mends it: it is being mended. */
const withoutRemedy = (message: string): string => message.replace(/; [^;]*\.$/, '.');

/** Shares of a few images need no hundredths. */
const share = (value: number): string => percent(100 * value, 1);

/**
 * Tells a person how a synthesis goes: one live line with the loss and its parts and the time left, and one line per batch
 * that stays. Where there is no terminal only the lines that stay are written. Batches are counted from 1.
 */
export function synthReporter({
  head = [],
  images,
  stream,
}: SynthReporterOptions): (event: SynthesisEvent) => void {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  let above = head;
  let verified = 0;
  /** Whole batches, and images of them that count. */
  let whole = 0;
  let counting = 0;
  let perBatch = 0;
  /** Iterations done since the first that was heard of, and when that was. */
  let first: { iterations: number; at: number } | undefined;
  let iterations = 0;

  const stay = (line: string): void => {
    live?.clear();
    for (const each of [...above, line]) stream.write(`${each}\n`);
    above = [];
  };
  /** Batches still to come, as far as those that are there tell; infinite where none of their images counts. */
  const toCome = (): number =>
    Math.ceil(Math.max(0, images - counting) / (whole === 0 ? perBatch : counting / whole));
  const nameOf = (batch: number, all: number): string =>
    `batch ${batch + 1}${Number.isFinite(all) ? `/${count(Math.max(all, batch + 1))}` : ''}`;

  return (event) => {
    switch (event.type) {
      case 'verified':
        verified += 1;
        live?.(`scoring batch ${event.batch + 1} by the verifier`);
        break;
      case 'start':
        whole = event.batches;
        counting = event.images;
        perBatch = event.imagesPerBatch;
        if (verified > 0) stay(pc.dim(`${counted(verified, 'batch', 'batches')} scored by the verifier`));
        for (const [batch, error] of event.damaged) {
          stay(`${pc.yellow(error.code)} batch ${batch + 1} is made again: ${withoutRemedy(error.message)}`);
        }
        if (whole > 0) stay(pc.dim(`${counted(counting, 'image')} there already`));
        break;
      case 'resumed':
        stay(pc.dim(`batch ${event.batch + 1} goes on after iteration ${count(event.step)}`));
        break;
      case 'anew':
        stay(
          `${pc.yellow(event.error.code)} batch ${event.batch + 1} begins anew: ${withoutRemedy(event.error.message)}`,
        );
        break;
      case 'step': {
        const now = performance.now();
        const done = iterations + event.step;
        first ??= { iterations: done, at: now };
        const rate = (done - first.iterations) / ((now - first.at) / 1000);
        const left = (toCome() * event.steps - event.step) / rate;
        const parts = Object.entries(event.parts).map(([name, value]) => `${name} ${number(value)}`);
        const line = [
          nameOf(event.batch, whole + toCome()),
          `iteration ${count(event.step)}/${count(event.steps)}`,
          `loss ${number(event.loss)} (${parts.join(', ')})`,
          ...(Number.isFinite(left) && left >= 0 ? [`ETA ${duration(left)}`] : []),
        ];
        live?.(line.join('  '));
        if (event.step === event.steps) iterations += event.steps;
        break;
      }
      case 'batch': {
        const passed = event.images - counting;
        whole += 1;
        counting = event.images;
        const notes = [
          counted(event.added, 'image'),
          ...(event.duplicates > 0 ? [`${count(event.duplicates)} there already`] : []),
          ...(passed < event.added
            ? [`${count(passed)} ${passed === 1 ? 'passes' : 'pass'} the threshold`]
            : []),
        ];
        const top1 = [
          `inverted network ${share(event.inverted)}`,
          ...(event.verified === undefined ? [] : [`verifier ${share(event.verified)}`]),
        ];
        stay(
          `${nameOf(event.batch, whole + toCome())}  ${notes.join(', ')}  top-1: ${top1.join(', ')}  ${pc.dim(duration(event.seconds))}`,
        );
        break;
      }
    }
  };
}
