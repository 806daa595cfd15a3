import { join, resolve } from 'node:path';
import { RunLock } from '@kdx/core/run';
import { count, quoted } from '@kdx/core/text';
import {
  type Arm,
  armText,
  armUnknown,
  type ConfigSource,
  checkArmName,
  checkArmNames,
  checkFolder,
  mergeLayers,
  readConfig,
} from '@kdx/run/parts';
import { didYouMean, type KdxError, makeFolder, writeFailure, writeJson, writeWhole } from '@kdx/tensor';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { planBench } from '../bench/plan.js';
import { type BenchRun, readRun } from '../bench/read-run.js';
import { removeLeftovers } from '../bench/remove-leftovers.js';
import type { BenchResult } from '../bench/result.js';
import { checkUnchanged, isFinished, runBench } from '../bench/run-bench.js';
import { scoreTeachers } from '../bench/teachers.js';
import { kdxError } from '../errors.js';
import { console, ownStdout } from '../process/own-process.js';
import { type BenchReporter, benchJsonReporter, benchReporter } from '../terminal/bench-reporter.js';
import { benchMarkdown, benchTable } from '../terminal/bench-table.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { sayFound } from '../terminal/say-found.js';
import { addUse, NO_USE, teacherCacheText } from '../terminal/teacher-cache-text.js';
import { countFor, flagLayers, type RunFlags, withRunFlags } from './options.js';

interface BenchFlags extends Omit<RunFlags, 'arm' | 'seed'> {
  readonly arm?: string[];
  readonly seeds?: readonly number[];
  readonly jobs: number;
  readonly against?: string;
}

const DEFAULT_OUT = join('runs', 'bench');

export const benchCommand = (): Command =>
  withRunFlags(
    new Command('bench')
      .description('Compares methods: every arm with every seed, resumable, with intervals.')
      .summary('Compares methods, every arm with every seed.'),
    { several: true },
  )
    .option('--jobs <n>', 'runs at once, each a process', countFor('--jobs'), 1)
    .option('--against <arm>', 'compare with this arm, default the first')
    .addHelpText(
      'after',
      `
Examples:
  kdx bench --recipe small-vit --data cifar100:DIR \\
            --teacher cifar_resnet56@t.safetensors --arm plain \\
            --arm 'soft=deit:{"type":"soft"}' --seeds 0,1,2 --out runs/deit
  kdx bench kdx.config.yaml        arms: and seeds: from a file
The same command resumes; other arms, orders or seeds train only what is new.`,
    )
    .action(async (file: string | undefined, flags: BenchFlags) => {
      const { arm: saidArms = [], seeds: saidSeeds, jobs, against, json } = flags;
      const layers = flagLayers({ ...flags, arm: undefined });
      const source = withArms(
        await readConfig({ file, recipe: flags.recipe, layers, onFound: sayFound }),
        saidArms,
      );
      if (source.arms.size === 0) throw noArms(source);
      const out = String(mergeLayers(source.layers).out ?? DEFAULT_OUT);
      checkFolder(out);
      const seeds = saidSeeds ?? source.seeds ?? [0, 1, 2];
      if (against !== undefined && !source.arms.has(against)) throw againstUnknown(against, source);
      const interrupt = listenForInterrupt(() => {
        if (!json) console.log(pc.dim('\nsaving every run after its step (Ctrl-C again to leave at once)'));
      });
      try {
        makeFolder(resolve(out));
      } catch (cause) {
        throw writeFailure(out, cause);
      }
      const lock = new RunLock(join(out, 'bench.lock'), out);
      await lock.claim({
        signal: interrupt.signal,
        onWait: (message) => console.error(pc.dim(message)),
      });
      removeLeftovers(out);
      const say = json ? undefined : preparing();
      let report: BenchReporter | undefined;
      try {
        // Student's t is a slow import, which no other command should wait for.
        const { benchResult } = await import('../bench/result.js');
        const plan = await planBench(source, {
          out,
          seeds,
          onArm: (arm, index, arms) => say?.(`preparing arm ${index + 1} of ${arms}: ${arm}`),
        });
        checkUnchanged(plan);
        const teachers = await scoreTeachers(plan, {
          out,
          signal: interrupt.signal,
          onProgress: ({ name, done, total }) =>
            say?.(`scoring the teacher ${name}: ${count(done)} of ${count(total)} images`),
        });
        say?.();
        const about = {
          command: ['kdx', ...process.argv.slice(2)].map(quoted).join(' '),
          recipe: source.recipe?.name,
          baseline: against,
          teachers,
        };
        const read = new Map<string, BenchRun>();
        const write = async (): Promise<BenchResult> => {
          for (const run of plan) {
            const { directory } = run;
            if (!read.has(directory) && isFinished(directory)) read.set(directory, await readRun(run, out));
          }
          const runs = plan.flatMap(({ directory }) => read.get(directory) ?? []);
          const result = benchResult(plan, runs, about);
          writeJson(join(out, 'bench.json'), result);
          writeWhole(join(out, 'bench.md'), benchMarkdown(result));
          return result;
        };
        // Whoever looks at the folder meanwhile, such as "kdx ui", finds the arms in their order and the figures so far.
        await write();
        report = (json ? benchJsonReporter : benchReporter)({ plan, jobs });
        const { tell } = report;
        let writing = Promise.resolve();
        const failed = await runBench(plan, {
          out,
          jobs,
          signal: interrupt.signal,
          onEvent: (event) => {
            tell(event);
            if (event.type !== 'run-done' || event.found) return;
            // Errors of runs that cannot be read are reported at the end, when all have been trained.
            writing = writing.then(write).then(
              () => {},
              () => {},
            );
          },
        }).catch(async (error: unknown) => {
          // What was interrupted first is what to tell; the figures so far are there all the same.
          await writing;
          await write().catch(() => {});
          throw error;
        });
        await writing;
        report.close();
        const result = await write();
        if (json) console.log(JSON.stringify({ type: 'result', ...result }));
        else printResult(result, out);
        if (failed.length > 0) throw someFailed(failed, plan.length);
      } finally {
        say?.();
        report?.close();
        lock.release();
        interrupt.release();
      }
    });

const noArms = ({ where }: ConfigSource): KdxError =>
  kdxError(
    'KDX_ARM_MISSING',
    `${where} has no arms to compare; write --arm plain --arm kd=kd, or arms: in a config file.`,
  );

const againstUnknown = (against: string, { arms }: ConfigSource): KdxError =>
  kdxError(
    'KDX_ARM_UNKNOWN',
    `--against takes one of the arms that are compared, ${[...arms.keys()].map(armText).join(', ')}, and got "${against}".${didYouMean(against, [...arms.keys()])}`,
  );

/** A line that is rewritten while models and data are loaded; without a terminal a line on stderr for each new beginning. */
function preparing(): (text?: string) => void {
  const live = ownStdout.isTTY ? createLogUpdate(ownStdout) : undefined;
  let before = '';
  return (text) => {
    if (live) {
      if (text === undefined) live.clear();
      else live(pc.dim(text));
      return;
    }
    const [beginning] = (text ?? '').split(/: \d/);
    if (beginning !== '' && beginning !== before) console.error(pc.dim(beginning));
    before = beginning;
  };
}

function someFailed(failed: Awaited<ReturnType<typeof runBench>>, runs: number): KdxError {
  const [{ run, error }] = failed;
  return kdxError(
    'KDX_BENCH_FAILED',
    `${failed.length} of ${runs} runs failed, the first ${run.directory} (${error.code} ${error.message}); mend that and give the same command again.`,
  );
}

function printResult(result: BenchResult, out: string): void {
  console.log(benchTable(result, ownStdout.columns));
  const caches = result.arms.flatMap(({ runs }) => runs.flatMap(({ teacherCache }) => teacherCache ?? []));
  const use = teacherCacheText(caches.reduce(addUse, NO_USE));
  if (use !== undefined) console.log(`teacher cache: ${use}.`);
  console.log(`${join(out, 'bench.json')}, ${join(out, 'bench.md')}`);
}

/**
 * `--arm name=plugins` makes an arm, `--arm name` takes one of the file, and `--arm plain` is the student alone.
 * @throws KdxError `KDX_CONFIG`, `KDX_ARM_UNKNOWN`
 */
function withArms(source: ConfigSource, said: readonly string[]): ConfigSource {
  if (said.length === 0) return source;
  const arms = new Map<string, Arm>();
  for (const entry of said) {
    // A name of the file may hold "=" itself.
    const equals = source.arms.has(entry.trim()) ? -1 : entry.indexOf('=');
    const name = (equals < 0 ? entry : entry.slice(0, equals)).trim();
    checkArmName(name, '--arm takes name=plugins');
    if (arms.has(name)) {
      throw kdxError('KDX_CONFIG', `--arm "${name}" is there twice; give the second another name.`);
    }
    const known = source.arms.get(name) ?? (name === 'plain' ? { plugins: [] } : undefined);
    if (equals >= 0) arms.set(name, { plugins: entry.slice(equals + 1).trim() });
    else if (known) arms.set(name, known);
    else throw armUnknown(name, [...source.arms.keys()], source.where);
  }
  checkArmNames(arms.keys(), '--arm');
  return { ...source, arms };
}
