import { join, relative } from 'node:path';
import { messageOf, RunStore } from '@kdx/core';
import type { PoolView, RunView } from '../../page/page-data.js';
import { median } from '../bench/median.js';
import { configFacts, textOf } from './config-facts.js';
import { downsample } from './downsample.js';
import { EventTail, type TailedEvents } from './event-tail.js';
import { History } from './history.js';
import { poolSheet } from './pool-sheet.js';
import { filesVersion, type RunFiles, readRunFiles } from './run-files.js';
import { runScores } from './run-scores.js';
import { runState, secondsLeft } from './run-state.js';

/** Points of a curve: more than a wide screen has pixels for. */
const POINTS = 1000;

/** A run's folder, read again and again while the run goes on. */
export class RunFolder {
  readonly #tail: EventTail;
  #history = new History();
  #files: RunFiles | undefined;
  #version = '';
  #busy = false;
  #unreadable: string | undefined;
  #pool: Promise<{ readonly view?: PoolView; readonly note?: string }> | undefined;

  /** @param directory absolute */
  constructor(readonly directory: string) {
    this.#tail = new EventTail(join(directory, 'events.jsonl'));
  }

  /** Reads what is new. @returns whether there is anything that a page would show */
  refresh(): boolean {
    const { events, anew } = this.#read();
    if (anew) this.#history = new History();
    for (const event of events) this.#history.add(event);
    const busy = isBusy(this.directory);
    const version = filesVersion(this.directory);
    const changed = this.#files === undefined || version !== this.#version;
    if (changed) {
      this.#files = readRunFiles(this.directory);
      this.#version = version;
      this.#pool = undefined;
    }
    const moved = busy !== this.#busy;
    this.#busy = busy;
    return anew || changed || moved || events.length > 0;
  }

  #read(): TailedEvents {
    const before = this.#unreadable;
    try {
      this.#unreadable = undefined;
      return this.#tail.read();
    } catch (error) {
      this.#unreadable = `events.jsonl cannot be read: ${messageOf(error)}`;
      return { events: [], anew: before === undefined };
    }
  }

  /** What a page shows of the run, under the name that tells it from others. */
  async view(name: string): Promise<RunView> {
    const { record, summary, confusion, notes } = this.#files ?? readRunFiles(this.directory);
    const history = this.#history;
    const { config = {}, pinned, environment } = record;
    const directory = relative(process.cwd(), this.directory) || '.';
    this.#pool ??= poolSheet(record);
    const pool = await this.#pool;
    const [state, stateText] = runState({
      finished: summary !== undefined,
      busy: this.#busy,
      history,
      directory,
    });
    const all = [...notes, ...this.#damage(state === 'running'), ...(pool.note ? [pool.note] : [])];
    const rates = history.imagesPerSecond.y;
    return {
      id: this.directory,
      name,
      directory,
      state,
      stateText,
      created: record.created,
      student: summary?.student ?? stringOf(config.student),
      teachers: [config.teacher ?? []].flat().map(textOf),
      methods: (pinned?.plugins ?? []).map(nameOf).filter((method) => method !== 'classification'),
      data: stringOf(config.data),
      backend: pinned && `${pinned.backend.name} (${pinned.backend.device}, ${pinned.backend.precision})`,
      seed: numberOf(config.seed),
      parameters: summary?.parameters,
      headRule: summary?.headRule,
      epochs: summary?.epochs ?? numberOf(config.epochs),
      steps: summary?.steps ?? history.steps,
      step: history.step,
      seconds: summary?.seconds ?? (history.seconds || undefined),
      secondsLeft: state === 'running' ? secondsLeft(history) : undefined,
      imagesPerSecond: rates.length > 0 ? median(rates) : undefined,
      trainLoss: summary?.trainLoss ?? history.trainLoss,
      curves: {
        loss: downsample(history.loss, POINTS),
        terms: Object.fromEntries(
          [...history.terms].map(([term, curve]) => [term, downsample(curve, POINTS)]),
        ),
        learningRate: downsample(history.learningRate, POINTS),
        imagesPerSecond: downsample(history.imagesPerSecond, POINTS),
      },
      validation: Object.fromEntries(history.validation),
      bestEpoch: summary?.validation ? summary.validation.bestEpoch + 1 : history.bestEpoch,
      scores: runScores(summary, history),
      teacherScores: history.teachers,
      notes: all,
      log: history.log,
      config: configFacts(config, record.origins),
      environment: Object.entries({
        kdx: record.kdx,
        begun: record.created,
        folder: record.cwd,
        ...environment,
        'back end': pinned && textOf(pinned.backend),
        data: pinned?.data,
        student: pinned?.student,
        ...Object.fromEntries((pinned?.teachers ?? []).map((teacher, k) => [`teacher ${k + 1}`, teacher])),
        ...Object.fromEntries((pinned?.plugins ?? []).map((plugin, k) => [`plugin ${k + 1}`, plugin])),
      }).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: String(value) }])),
      confusion,
      pool: pool.view,
    };
  }

  #damage(running: boolean): string[] {
    const { damaged, cutOff } = this.#tail;
    const { unusable } = this.#history;
    const lines = damaged.slice(0, 5).join(', ');
    return [
      ...(this.#unreadable === undefined ? [] : [this.#unreadable]),
      ...(damaged.length === 0
        ? []
        : [
            `events.jsonl has ${damaged.length === 1 ? 'a damaged line' : `${damaged.length} damaged lines`} (${lines}${damaged.length > 5 ? ', …' : ''}), left out.`,
          ]),
      ...(cutOff && !running
        ? ['events.jsonl ends in half a line, as a run leaves it that is killed while it writes.']
        : []),
      ...(unusable === 0
        ? []
        : [
            `${unusable} logged ${unusable === 1 ? 'value is' : 'values are'} not a finite number, left out.`,
          ]),
    ];
  }
}

function isBusy(directory: string): boolean {
  try {
    return RunStore.open(directory).isBusy();
  } catch {
    // Without its config.json a folder is no run that anyone writes.
    return false;
  }
}

/** `deit@0.1.0 {…}` → `deit`. */
const nameOf = (pinned: string): string => pinned.replace(/(?<=.)@.*$/s, '');
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
