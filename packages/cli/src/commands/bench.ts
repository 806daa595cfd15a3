import { join } from 'node:path';
import { KdxError, writeWhole } from '@kdx/core';
import { Command } from 'commander';
import pc from 'picocolors';
import { planBench } from '../bench/plan.js';
import { readRun } from '../bench/read-run.js';
import { type BenchResult, benchResult } from '../bench/result.js';
import { isFinished, runBench } from '../bench/run-bench.js';
import { type ConfigSource, readConfig } from '../config/read-config.js';
import { benchReporter } from '../terminal/bench-reporter.js';
import { benchMarkdown, benchTable } from '../terminal/bench-table.js';
import { duration } from '../terminal/format.js';
import { countFor, flagLayers, type RunFlags, withRunFlags } from './options.js';

interface BenchFlags extends Omit<RunFlags, 'arm' | 'seed' | 'teacherCache'> {
  readonly arm?: string[];
  readonly seeds?: number[];
  readonly jobs: number;
  readonly teacherCache?: string | boolean;
}

const DEFAULT_OUT = join('runs', 'bench');

export const benchCommand = (): Command =>
  withRunFlags(
    new Command('bench').description(
      'Compares methods: every arm with every seed, resumable, with intervals.',
    ),
    { several: true },
  )
    .option('--jobs <n>', 'runs at once, each a process of its own', countFor('--jobs'), 1)
    .addHelpText(
      'after',
      `
Examples:
  kdx bench --recipe small-vit --data cifar100:DIR --teacher cifar_resnet56@teacher.safetensors \\
            --arm plain --arm deit=deit --arm 'soft=deit:{"type":"soft"}' --seeds 0,1,2 --out runs/deit
  kdx bench kdx.config.yaml                                        arms: and seeds: from a file
The same command goes on where it was stopped. The first arm is what the others are compared with.`,
    )
    .action(async (file: string | undefined, flags: BenchFlags) => {
      const {
        arm: saidArms = [],
        seeds: saidSeeds,
        jobs,
        json,
        out = DEFAULT_OUT,
        teacherCache = true,
      } = flags;
      const source = withArms(
        await readConfig({
          file,
          recipe: flags.recipe,
          layers: flagLayers({ ...flags, arm: undefined, out: undefined, teacherCache: undefined }),
        }),
        saidArms,
      );
      const seeds = saidSeeds ?? checkSeeds(source);
      const cache = teacherCache === true ? join(out, 'teacher-cache') : teacherCache;
      const plan = await planBench(source, { out, seeds, teacherCache: cache });
      const about = {
        command: ['kdx', ...process.argv.slice(2)].map(quoted).join(' '),
        recipe: source.recipe?.name,
      };
      const write = async (): Promise<BenchResult> => {
        const finished = plan.filter(({ directory }) => isFinished(directory));
        const runs = await Promise.all(finished.map((run) => readRun(run, out)));
        const result = benchResult(plan, runs, about);
        writeWhole(join(out, 'bench.json'), `${JSON.stringify(result, null, 2)}\n`);
        writeWhole(join(out, 'bench.md'), benchMarkdown(result));
        return result;
      };
      const interrupt = new AbortController();
      const onSignal = (): void => {
        if (interrupt.signal.aborted) process.exit(130);
        interrupt.abort();
        if (!json) console.log(pc.dim('\nsaving every run after its step (Ctrl-C again to leave at once)'));
      };
      process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
      const report = json
        ? (event: object): void => console.log(JSON.stringify(event))
        : benchReporter({ runs: plan.length });
      try {
        const failed = await runBench(plan, { out, jobs, signal: interrupt.signal, onEvent: report });
        const result = await write();
        if (json) console.log(JSON.stringify({ type: 'result', ...result }));
        else printResult(result, out);
        if (failed.length > 0) {
          const [{ run, error }] = failed;
          throw new KdxError(
            'KDX_BENCH_FAILED',
            `${failed.length} of ${plan.length} runs failed, the first ${run.directory} (${error.code} ${error.message}); mend that and give the same command again.`,
          );
        }
      } catch (error) {
        await write().catch(() => {});
        throw error;
      } finally {
        process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      }
    });

function printResult(result: BenchResult, out: string): void {
  console.log(benchTable(result));
  const caches = result.arms.flatMap(({ runs }) => runs.flatMap(({ teacherCache }) => teacherCache ?? []));
  const hits = caches.reduce((sum, cache) => sum + cache.hits, 0);
  const asked = caches.reduce((sum, cache) => sum + cache.hits + cache.misses, 0);
  const saved = caches.reduce((sum, cache) => sum + cache.secondsSaved, 0);
  if (asked > 0)
    console.log(
      `teacher cache: ${((100 * hits) / asked).toFixed(1)} % of ${asked} batches from disk, about ${duration(saved)} saved.`,
    );
  console.log(`${join(out, 'bench.json')}, ${join(out, 'bench.md')}`);
}

/** `--arm name=plugins` adds an arm (`--arm plain` one without plugins); `--arm name` alone chooses among those of the file. */
function withArms(source: ConfigSource, said: readonly string[]): ConfigSource {
  if (said.length === 0) return source;
  const arms: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const entry of said) {
    const [, name, plugins] = /^([\w.+-]+)(?:=(.*))?$/s.exec(entry) ?? [];
    if (name === undefined) {
      throw new KdxError('KDX_CONFIG', `--arm takes name=plugins, e.g. --arm kd=kd, and got "${entry}".`);
    }
    arms[name] = plugins === undefined ? (source.arms[name] ?? { plugins: [] }) : { plugins };
  }
  return { ...source, arms };
}

/** @throws KdxError `KDX_CONFIG` */
function checkSeeds({ seeds, where }: ConfigSource): readonly number[] {
  if (seeds === undefined) return [0, 1, 2];
  const isSeed = (seed: unknown): boolean => Number.isInteger(seed) && (seed as number) >= 0;
  if (Array.isArray(seeds) && seeds.length > 0 && seeds.every(isSeed) && new Set(seeds).size === seeds.length)
    return seeds as number[];
  throw new KdxError(
    'KDX_CONFIG',
    `${where}: seeds takes different whole numbers of at least 0 and got ${JSON.stringify(seeds)}.`,
  );
}

/** An argument as a shell takes it. */
const quoted = (argument: string): string =>
  /^[\w@%+=:,./?-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
