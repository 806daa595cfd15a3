// Programs that take a training step when told to, so that several can take turns on one machine.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** What `--python` is without being said. */
export const PYTHON = process.env.KDX_BENCH_PYTHON ?? '/usr/bin/python3';

const PEER_SETTINGS = [
  ['--threads', '1'],
  ['--threads', '2'],
  ['--threads', '1', '--channels-last'],
  ['--threads', '2', '--channels-last'],
];
const TRIALS = 5;

/** A program that answers each line it is told with a line of JSON. */
class Stepper {
  constructor(program, args) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }
  async answer() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.child.spawnargs.join(' ')} ended before it answered`);
    return JSON.parse(value);
  }
  ask(line) {
    this.child.stdin.write(`${line}\n`);
    return this.answer();
  }
  async end() {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin.end();
    await ended;
  }
}

/** Any program that does. */
export const program = (path, args) => new Stepper(path, args);
/** A step of kdx. */
export const kdx = (args) => program(process.execPath, [here('step_kdx.mjs'), ...args]);
/** The same step in PyTorch. */
export const pytorch = (args, python = PYTHON) =>
  program(python, [here('step_pytorch.py'), '--server', ...args]);

/** PyTorch's fastest setting for a case, each tried in turns. */
export async function bestPeer(common, python) {
  const peers = PEER_SETTINGS.map((setting) => ({
    setting,
    times: [],
    stepper: pytorch([...common, ...setting], python),
  }));
  for (const { stepper } of peers) await stepper.answer();
  for (let trial = 0; trial < TRIALS; trial++) {
    for (const { stepper, times } of peers) times.push((await stepper.ask('step')).ms);
  }
  for (const { stepper } of peers) await stepper.end();
  return peers.toSorted((a, b) => median(a.times) - median(b.times))[0].setting;
}
