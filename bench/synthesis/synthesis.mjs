// One iteration of an inversion in kdx and in PyTorch, taking turns on one machine: jitter and mirroring, CE + TV-l2 + l2 +
// R_BN + L_BPID of a ResNet-56, Adam on the pixels, clamping. The ratio is the median over rounds of PyTorch's time over
// kdx's: above 1, kdx is faster. PyTorch is measured in its usual memory layout and in channels-last, with `x.var` and with the
// variance written out, which its gradient makes faster; the ratio is that to the fastest of the four, `plain_ratio` to the
// faster with `x.var`. The same of processor time, which other programs disturb less, is `cpu_…`.
//   node bench/synthesis/synthesis.mjs [--steps 15] [--threads 1] [--batch 100] [--size 32] [--precision float32|bf16]
//     [--weights FILE] [--device cpu|cuda] [--python PROGRAM] [--json]
import { parseArgs } from 'node:util';
import { median, PYTHON, program } from '../step/stepper.mjs';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
    batch: { type: 'string', default: '100' },
    size: { type: 'string', default: '32' },
    precision: { type: 'string', default: 'float32' },
    device: { type: 'string', default: 'cpu' },
    weights: { type: 'string' },
    python: { type: 'string', default: PYTHON },
    json: { type: 'boolean', default: false },
  },
});
const common = ['threads', 'batch', 'size', 'precision', 'device', 'weights'].flatMap((name) =>
  flags[name] === undefined ? [] : [`--${name}`, flags[name]],
);
const file = (name) => new URL(name, import.meta.url).pathname;
const pytorch = (...args) => program(flags.python, [file('synthesis-pytorch.py'), ...common, ...args]);
const steppers = {
  kdx: program(process.execPath, [file('step_kdx.mjs'), ...common]),
  contiguous: pytorch(),
  channelsLast: pytorch('--channels-last'),
  contiguousCentred: pytorch('--centred'),
  channelsLastCentred: pytorch('--channels-last', '--centred'),
};
const about = {};
for (const [name, stepper] of Object.entries(steppers)) about[name] = await stepper.answer();
const rounds = [];
for (let step = 0; step < Number(flags.steps); step++) {
  const round = {};
  for (const [name, stepper] of Object.entries(steppers)) round[name] = await stepper.ask('step');
  rounds.push(round);
}
for (const stepper of Object.values(steppers)) await stepper.end();

const of = (name, what) => median(rounds.map((round) => round[name][what]));
const fastest = (names) => names.toSorted((a, b) => of(a, 'ms') - of(b, 'ms'))[0];
const ratio = (peer, what) => median(rounds.map((round) => round[peer][what] / round.kdx[what]));
const [, ...peers] = Object.keys(steppers);
const peer = fastest(peers);
const plain = fastest(['contiguous', 'channelsLast']);
const result = {
  ratio: ratio(peer, 'ms'),
  cpu_ratio: ratio(peer, 'cpu_ms'),
  peer,
  plain_ratio: ratio(plain, 'ms'),
  plain_cpu_ratio: ratio(plain, 'cpu_ms'),
  ms: Object.fromEntries(Object.keys(steppers).map((name) => [name, of(name, 'ms')])),
  cpu_ms: Object.fromEntries(Object.keys(steppers).map((name) => [name, of(name, 'cpu_ms')])),
  images_per_second: (1000 * Number(flags.batch)) / of('kdx', 'ms'),
  torch: about.contiguous.torch,
};
console.log(flags.json ? JSON.stringify({ ...flags, ...result }) : result);
