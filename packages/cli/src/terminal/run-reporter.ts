import type { RunEvent, Scores } from '@kdx/core';
import { count, duration, number, percent, scoredImages } from '@kdx/run/text';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { ownStdout } from '../process/own-process.js';
import { bar } from './bar.js';
import { addUse, NO_USE, teacherCacheText } from './teacher-cache-text.js';

interface ReporterOptions {
  readonly epochs: number;
  /** Whether the run keeps an average, whose validation score stands beside the student's. Default false. */
  readonly averaged?: boolean;
  readonly stream?: NodeJS.WriteStream;
}

/** Events that may fall between the end of an epoch and its validation. */
const MAY_COME_BETWEEN: ReadonlySet<RunEvent['type']> = new Set([
  'log',
  'warning',
  'checkpoint',
  'teacher-cache',
]);

const scoreText = ({ top1, top5 }: Scores): string => `top-1 ${percent(top1)}, top-5 ${percent(top5)}`;

/**
 * Tells a person how a run goes: one live line with loss, accuracy, images/s and the time left, and one line per epoch
 * that stays. Where there is no terminal only the lines that stay are written.
 */
export function runReporter({
  epochs,
  averaged = false,
  stream = ownStdout,
}: ReporterOptions): (event: RunEvent) => void {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  let steps = 0;
  let accuracy = '';
  /** An epoch that has ended and has no line yet: its validation may follow. */
  let ended: Extract<RunEvent, { type: 'epoch' }> | undefined;
  /** The student's scores of that epoch, while those of its average are to follow. */
  let validated: Scores | undefined;
  let started = performance.now();
  let begunAt = 0;
  let cached = NO_USE;

  const stay = (line: string): void => {
    live?.clear();
    stream.write(`${line}\n`);
  };
  const epochName = (epoch: number): string =>
    `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  const stayEpoch = (average?: Scores): void => {
    if (!ended) return;
    const beside = average ? `, averaged ${percent(average.top1)}` : '';
    const scores = validated ? `  validation ${scoreText(validated)}${beside}` : '';
    stay(
      `${epochName(ended.epoch)}  loss ${number(ended.loss)}${scores}  ${pc.dim(duration(ended.seconds))}`,
    );
    ended = undefined;
    validated = undefined;
  };

  return (event) => {
    const isValidation = event.type === 'evaluation' && event.split === 'validation';
    if (!isValidation && !MAY_COME_BETWEEN.has(event.type)) stayEpoch();
    switch (event.type) {
      case 'run-start':
        steps = event.steps;
        begunAt = event.resumedAt;
        started = performance.now();
        if (begunAt > 0) stay(pc.dim(`resumed after step ${count(begunAt)} of ${count(steps)}`));
        break;
      case 'teacher':
        stay(
          `${pc.bold('teacher')}   ${event.name}: ${scoreText(event.scores)} on ${scoredImages(event.scores, event.split, event.sample)}`,
        );
        started = performance.now();
        break;
      case 'step': {
        const done = event.step - begunAt;
        const left = ((performance.now() - started) / 1000 / done) * (steps - event.step);
        const rate = `${event.imagesPerSecond.toFixed(0)} images/s`;
        live?.(
          `${epochName(event.epoch)}  ${bar(event.step / steps)}  loss ${number(event.loss)}${accuracy}  ${rate}  ETA ${duration(left)}`,
        );
        break;
      }
      case 'epoch':
        ended = event;
        break;
      case 'evaluation': {
        const { fused } = event.heads;
        if (event.split === 'test') {
          const heads = Object.entries(event.heads).filter(([head]) => head !== 'fused');
          const byHead =
            heads.length > 1
              ? ` (${heads.map(([head, { top1 }]) => `${head} ${percent(top1)}`).join(', ')})`
              : '';
          stay(
            `${pc.bold('test')}      ${event.weights} weights: ${scoreText(fused)}${byHead}, ECE ${fused.ece.toFixed(3)}`,
          );
        } else if (event.weights === 'last') {
          accuracy = `  top-1 ${percent(fused.top1)}`;
          validated = fused;
          if (!averaged) stayEpoch();
        } else {
          accuracy += ` (averaged ${percent(fused.top1)})`;
          stayEpoch(fused);
        }
        break;
      }
      case 'log':
        stay(`${pc.dim(`[${event.source}]`)} ${event.message}`);
        break;
      case 'warning':
        stay(`${pc.yellow(event.code)} ${event.message}`);
        break;
      case 'teacher-cache':
        cached = addUse(cached, event);
        break;
      case 'run-end': {
        const use = teacherCacheText(cached);
        if (use !== undefined) stay(`${pc.bold('teacher cache')}  ${use}`);
        live?.clear();
        break;
      }
      case 'error':
        live?.clear();
        break;
    }
  };
}
