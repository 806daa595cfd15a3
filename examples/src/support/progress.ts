import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import type { RunEvent } from '@kdx/core';

/** Shows what several trainings do while they do it, and lets other lines through. */
export interface Progress {
  /** Prints a line that stays. */
  say(line: string): void;
  /** Begins to show a training; it goes by its events until `end`. */
  begin(
    name: string,
    epochs: number,
  ): { readonly event: (event: RunEvent) => void; readonly end: () => void };
}

/** Says lines and shows nothing in between. */
export const quiet = (say: (line: string) => void): Progress => ({
  say,
  begin: () => ({ event: () => {}, end: () => {} }),
});

interface Training {
  readonly name: string;
  readonly epochs: number;
  readonly begun: number;
  /** When the first step began, after models and data were loaded. */
  trainingSince: number;
  steps: number;
  step: number;
  epoch: number;
  loss?: number;
  top1?: number;
  imagesPerSecond?: number;
}

/** Milliseconds between two lines where there is no terminal to rewrite one in. */
const EVERY = 30_000;

/**
 * A line for each training at work, rewritten in place on a terminal; elsewhere a line when a training begins and ends, and
 * one every half minute.
 * @param trainings how many there will be
 */
export function liveProgress(trainings: number, stream: NodeJS.WriteStream = process.stdout): Progress {
  const running = new Set<Training>();
  let begun = 0;
  let drawn = 0;
  let lastLine = performance.now();
  const erase = (): void => {
    if (drawn === 0) return;
    moveCursor(stream, 0, -drawn);
    cursorTo(stream, 0);
    clearScreenDown(stream);
    drawn = 0;
  };
  const draw = (): void => {
    const lines = [...running].map(textOf);
    if (!stream.isTTY) {
      if (lines.length === 0 || performance.now() - lastLine < EVERY) return;
      lastLine = performance.now();
      stream.write(`  ${lines.map((line) => line.trim()).join('; ')}\n`);
      return;
    }
    erase();
    for (const line of lines) stream.write(`${line.slice(0, (stream.columns || 80) - 1)}\n`);
    drawn = lines.length;
  };
  const say = (line: string): void => {
    erase();
    stream.write(`${line}\n`);
    lastLine = performance.now();
    draw();
  };
  return {
    say,
    begin(name, epochs) {
      begun += 1;
      const training: Training = {
        name: `  ${begun}/${trainings} ${name}`,
        epochs,
        begun: performance.now(),
        trainingSince: performance.now(),
        steps: 0,
        step: 0,
        epoch: 0,
      };
      running.add(training);
      if (stream.isTTY) draw();
      else say(`${training.name} begins`);
      // The first steps take a while, and a clock that goes says that the training does not stand still.
      const timer = setInterval(draw, 1000);
      timer.unref();
      return {
        event(event) {
          follow(training, event);
          draw();
        },
        end() {
          clearInterval(timer);
          running.delete(training);
          const top1 = training.top1 === undefined ? '' : `, validation top-1 ${training.top1.toFixed(1)} %`;
          say(`${training.name}: done in ${duration((performance.now() - training.begun) / 1000)}${top1}`);
        },
      };
    },
  };
}

function follow(training: Training, event: RunEvent): void {
  switch (event.type) {
    case 'run-start':
      training.steps = event.steps;
      training.trainingSince = performance.now();
      break;
    case 'step':
      training.step = event.step;
      training.epoch = event.epoch + 1;
      training.loss = event.loss;
      training.imagesPerSecond = event.imagesPerSecond;
      break;
    case 'evaluation':
      if (event.split === 'validation' && event.weights === 'last') training.top1 = event.heads.fused.top1;
      break;
  }
}

function textOf({
  name,
  epochs,
  begun,
  trainingSince,
  steps,
  step,
  epoch,
  loss,
  top1,
  imagesPerSecond,
}: Training): string {
  const now = performance.now();
  if (step === 0) return `${name}: starting, ${duration((now - begun) / 1000)}`;
  const left = ((now - trainingSince) / 1000 / step) * (steps - step);
  return [
    `${name}: epoch ${epoch}/${epochs}`,
    loss === undefined ? '' : `loss ${loss.toFixed(3)}`,
    top1 === undefined ? '' : `top-1 ${top1.toFixed(1)} %`,
    imagesPerSecond === undefined ? '' : `${imagesPerSecond.toFixed(0)} images/s`,
    `${duration(left)} left`,
  ]
    .filter(Boolean)
    .join('  ');
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
