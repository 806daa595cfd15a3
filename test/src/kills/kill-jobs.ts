import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyedRng } from '@kdx/tensor';
import { hasNamespaces, KdxProcess, processesOf } from './child.js';
import { type Job, tinyJobs } from './jobs.js';

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** What a campaign of kills came to. All three lists of a sound kdx are empty. */
export interface KillReport {
  readonly seed: number;
  readonly kills: number;
  /** By job, signal, and whether kdx was process 1. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Kills that came after the job had done its work. */
  readonly late: number;
  readonly finished: number;
  /** Files that ended otherwise than undisturbed. */
  readonly differences: readonly string[];
  /** Commands that did not do what they should, with what they said. */
  readonly refusals: readonly string[];
  /** Files and processes that were left. */
  readonly leftovers: readonly string[];
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
/** Of one job, before it may end. */
const MOST_KILLS = 5;
/** Seconds in which a run whose comparison was killed has to end. */
const ORPHAN_SECONDS = 60;

/**
 * Starts jobs, kills them at random moments with random signals, as an ordinary process and as the first of a namespace,
 * gives the same command again until it is done, and compares what came out with a job that nothing disturbed.
 */
export async function killJobs({ kills, seed, say = () => {} }: KillOptions): Promise<KillReport> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-kills-')));
  try {
    const jobs = await tinyJobs(root);
    const references = [];
    for (const job of jobs) references.push(await reference(job, join(root, `${job.name}-whole`)));
    const campaign = new Campaign(seed, kills, say);
    for (let number = 0; campaign.killed < kills; number++) {
      const { job, whole, seconds } = references[number % jobs.length];
      await campaign.disturb(job, join(root, `${job.name}-${number}`), { whole, seconds });
    }
    return campaign.report();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Reference {
  readonly whole: ReadonlyMap<string, string>;
  /** What the undisturbed job took. */
  readonly seconds: number;
}

async function reference(job: Job, folder: string): Promise<Reference & { readonly job: Job }> {
  const begun = performance.now();
  const { code, signal, stderr } = await new KdxProcess(job.command(folder), false).ended;
  if (code !== 0) throw new Error(`The undisturbed ${job.name} ended with ${code ?? signal}: ${stderr}`);
  return { job, whole: job.results(folder), seconds: (performance.now() - begun) / 1000 };
}

class Campaign {
  killed = 0;
  readonly #namespaces = hasNamespaces();
  readonly #random;
  readonly #kinds: Record<string, number> = {};
  readonly #differences: string[] = [];
  readonly #refusals: string[] = [];
  readonly #leftovers: string[] = [];
  #late = 0;
  #finished = 0;

  constructor(
    private readonly seed: number,
    private readonly kills: number,
    private readonly say: (line: string) => void,
  ) {
    this.#random = keyedRng(seed, 'kills');
  }

  async disturb(job: Job, folder: string, { whole, seconds }: Reference): Promise<void> {
    const most = Math.min(this.kills - this.killed, 1 + Math.floor(this.#random.uniform() * MOST_KILLS));
    for (let kill = 0; kill < most; kill++) await this.#kill(job, folder, seconds);
    const { code, signal, stderr } = await new KdxProcess(job.command(folder), this.#asFirst()).ended;
    this.#finished += 1;
    if (code !== 0) this.#refusals.push(`${folder}: ended with ${code ?? signal}: ${stderr.trim()}`);
    await this.#findLeftovers(folder, whole, job);
    rmSync(folder, { recursive: true, force: true });
  }

  async #kill(job: Job, folder: string, seconds: number): Promise<void> {
    const asFirst = this.#asFirst();
    const signal = SIGNALS[Math.floor(this.#random.uniform() * SIGNALS.length)];
    const after = this.#random.uniform() * seconds;
    const kdx = new KdxProcess(job.command(folder), asFirst);
    await Promise.race([sleep(1000 * after), kdx.ended]);
    kdx.kill(signal);
    const ended = await kdx.ended;
    const kind = `${job.name} ${signal}${asFirst ? ' as process 1' : ''}`;
    this.killed += 1;
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
    if (ended.code === 0) this.#late += 1;
    // A process 1 that does not listen yet can only be killed, which unshare tells in words of its own.
    const killedFirst = asFirst && signal === 'SIGKILL' && /^unshare:/m.test(ended.stderr);
    const sound = ended.signal === signal || [0, 130].includes(ended.code ?? -1) || killedFirst;
    if (!sound)
      this.#refusals.push(`${kind}: ended with ${ended.code ?? ended.signal}: ${ended.stderr.trim()}`);
    this.say(
      `${this.killed}/${this.kills} ${kind} after ${after.toFixed(1)} s: ${ended.code ?? ended.signal}`,
    );
  }

  async #findLeftovers(folder: string, whole: ReadonlyMap<string, string>, job: Job): Promise<void> {
    const end = performance.now() + 1000 * ORPHAN_SECONDS;
    while (processesOf(folder).length > 0 && performance.now() < end) await sleep(100);
    for (const pid of processesOf(folder)) this.#leftovers.push(`${folder}: process ${pid}`);
    const found = job.results(folder);
    for (const file of found.keys()) if (!whole.has(file)) this.#leftovers.push(join(folder, file));
    for (const [file, content] of whole)
      if (found.get(file) !== content) this.#differences.push(join(folder, file));
  }

  #asFirst(): boolean {
    return this.#namespaces && this.#random.uniform() < 0.3;
  }

  report(): KillReport {
    return {
      seed: this.seed,
      kills: this.killed,
      kinds: this.#kinds,
      late: this.#late,
      finished: this.#finished,
      differences: this.#differences,
      refusals: this.#refusals,
      leftovers: this.#leftovers,
    };
  }
}
