import { join, resolve } from 'node:path';
import { KdxError, makeFolder, RunLock, writeJson, writeWhole } from '@kdx/core';
import { Command } from 'commander';
import pc from 'picocolors';
import { planBench } from '../bench/plan.js';
import { readRun } from '../bench/read-run.js';
import type { BenchResult } from '../bench/result.js';
import { checkUnchanged, isFinished, runBench } from '../bench/run-bench.js';
import { mergeLayers } from '../config/merge-layers.js';
import { type Arm, armUnknown, type ConfigSource, checkArmName, readConfig } from '../config/read-config.js';
import { benchReporter } from '../terminal/bench-reporter.js';
import { benchMarkdown, benchTable } from '../terminal/bench-table.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { quoted } from '../terminal/quoted.js';
import { addUse, NO_USE, teacherCacheText } from '../terminal/teacher-cache-text.js';
import { countFor, flagLayers, type RunFlags, withRunFlags } from './options.js';

interface BenchFlags extends Omit<RunFlags, 'arm' | 'seed'> {
  readonly arm?: string[];
  readonly seeds?: readonly number[];
  readonly jobs: number;
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
    .addHelpText(
      'after',
      `
Examples:
  kdx bench --recipe small-vit --data cifar100:DIR \\
            --teacher cifar_resnet56@t.safetensors --arm plain \\
            --arm 'soft=deit:{"type":"soft"}' --seeds 0,1,2 --out runs/deit
  kdx bench kdx.config.yaml        arms: and seeds: from a file
The same command goes on where it was stopped. The first arm is the baseline.`,
    )
    .action(async (file: string | undefined, flags: BenchFlags) => {
      const { arm: saidArms = [], seeds: saidSeeds, jobs, json } = flags;
      const layers = flagLayers({ ...flags, arm: undefined });
      const source = withArms(await readConfig({ file, recipe: flags.recipe, layers }), saidArms);
      if (source.arms.size === 0) throw noArms(source);
      const out = String(mergeLayers(source.layers).out ?? DEFAULT_OUT);
      const seeds = saidSeeds ?? source.seeds ?? [0, 1, 2];
      const interrupt = listenForInterrupt(() => {
        if (!json) console.log(pc.dim('\nsaving every run after its step (Ctrl-C again to leave at once)'));
      });
      makeFolder(resolve(out));
      const lock = new RunLock(join(out, 'bench.lock'), out);
      lock.acquire();
      try {
        // Student's t is a slow import, which no other command should wait for.
        const { benchResult } = await import('../bench/result.js');
        const plan = await planBench(source, { out, seeds });
        checkUnchanged(plan);
        const report = json
          ? (event: object): void => console.log(JSON.stringify(event))
          : benchReporter({ runs: plan.length });
        const about = {
          command: ['kdx', ...process.argv.slice(2)].map(quoted).join(' '),
          recipe: source.recipe?.name,
        };
        const write = async (): Promise<BenchResult> => {
          const finished = plan.filter(({ directory }) => isFinished(directory));
          const runs = await Promise.all(finished.map((run) => readRun(run, out)));
          const result = benchResult(plan, runs, about);
          writeJson(join(out, 'bench.json'), result);
          writeWhole(join(out, 'bench.md'), benchMarkdown(result));
          return result;
        };
        const failed = await runBench(plan, { out, jobs, signal: interrupt.signal, onEvent: report }).catch(
          async (error: unknown) => {
            // What was interrupted first is what to tell; the figures so far are there all the same.
            await write().catch(() => {});
            throw error;
          },
        );
        const result = await write();
        if (json) console.log(JSON.stringify({ type: 'result', ...result }));
        else printResult(result, out);
        if (failed.length > 0) throw someFailed(failed, plan.length);
      } finally {
        lock.release();
        interrupt.release();
      }
    });

const noArms = ({ where }: ConfigSource): KdxError =>
  new KdxError(
    'KDX_ARM_MISSING',
    `${where} has no arms to compare; write --arm plain --arm kd=kd, or arms: in a config file.`,
  );

function someFailed(failed: Awaited<ReturnType<typeof runBench>>, runs: number): KdxError {
  const [{ run, error }] = failed;
  return new KdxError(
    'KDX_BENCH_FAILED',
    `${failed.length} of ${runs} runs failed, the first ${run.directory} (${error.code} ${error.message}); mend that and give the same command again.`,
  );
}

function printResult(result: BenchResult, out: string): void {
  console.log(benchTable(result));
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
    const equals = entry.indexOf('=');
    const name = equals < 0 ? entry : entry.slice(0, equals);
    checkArmName(name, '--arm takes name=plugins');
    if (arms.has(name)) {
      throw new KdxError('KDX_CONFIG', `--arm ${name} is there twice; give the second another name.`);
    }
    const known = source.arms.get(name) ?? (name === 'plain' ? { plugins: [] } : undefined);
    if (equals >= 0) arms.set(name, { plugins: entry.slice(equals + 1) });
    else if (known) arms.set(name, known);
    else throw armUnknown(name, [...source.arms.keys()], source.where);
  }
  return { ...source, arms };
}
