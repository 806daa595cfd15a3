import { labelledScore, type RunEvent, type Scores, scoreText, type TaskLabels } from '@kdx/core';
import { count, duration, number, scoredImages } from '@kdx/core/text';
import { taskLabels } from '@kdx/report';
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

/** Scores that a line names first, those of the headline's unit, and the others. */
function namesOf({ headline, scores }: TaskLabels): { readonly main: string[]; readonly others: string[] } {
  const { unit } = scores[headline.name];
  const names = Object.keys(scores);
  const main = names.filter(
    (name) => name === headline.name || (unit !== undefined && scores[name].unit === unit),
  );
  return { main, others: names.filter((name) => !main.includes(name)) };
}

/**
 * Tells a person how a run goes: one live line with loss, headline score, images/s and the time left, and one line per epoch
 * that stays. Where there is no terminal only the lines that stay are written.
 */
export function runReporter({
  epochs,
  averaged = false,
  stream = ownStdout,
}: ReporterOptions): (event: RunEvent) => void {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  let steps = 0;
  let task = taskLabels(undefined);
  /** The headline score of the last validation, for the live line. */
  let headline = '';
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
  const shown = (scores: Scores, name = task.headline.name): string => scoreText(task, name, scores[name]);
  const labelled = (scores: Scores, name = task.headline.name): string =>
    labelledScore(task, name, scores[name]);
  /** The headline score, and those of the same unit beside it. */
  const mainScores = (scores: Scores): string =>
    namesOf(task)
      .main.map((name) => labelled(scores, name))
      .join(', ');
  const epochName = (epoch: number): string =>
    `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  const stayEpoch = (average?: Scores): void => {
    if (!ended) return;
    const beside = average ? `, averaged ${shown(average)}` : '';
    const scores = validated ? `  validation ${mainScores(validated)}${beside}` : '';
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
        task = taskLabels(event.task);
        begunAt = event.resumedAt;
        started = performance.now();
        if (begunAt > 0) stay(pc.dim(`resumed after step ${count(begunAt)} of ${count(steps)}`));
        break;
      case 'teacher':
        stay(
          `${pc.bold('teacher')}   ${event.name}: ${mainScores(event.scores)} on ${scoredImages(event.scores, event.split, event.sample)}`,
        );
        started = performance.now();
        break;
      case 'step': {
        const done = event.step - begunAt;
        const left = ((performance.now() - started) / 1000 / done) * (steps - event.step);
        const rate = `${event.imagesPerSecond.toFixed(0)} images/s`;
        live?.(
          `${epochName(event.epoch)}  ${bar(event.step / steps)}  loss ${number(event.loss)}${headline}  ${rate}  ETA ${duration(left)}`,
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
              ? ` (${heads.map(([head, scores]) => `${head} ${shown(scores)}`).join(', ')})`
              : '';
          const others = namesOf(task)
            .others.map((name) => `, ${labelled(fused, name)}`)
            .join('');
          stay(`${pc.bold('test')}      ${event.weights} weights: ${mainScores(fused)}${byHead}${others}`);
        } else if (event.weights === 'last') {
          headline = `  ${labelled(fused)}`;
          validated = fused;
          if (!averaged) stayEpoch();
        } else {
          headline += ` (averaged ${shown(fused)})`;
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
