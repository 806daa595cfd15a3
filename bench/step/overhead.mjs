// What a method adds to a training step, in kdx and in PyTorch, all taking turns on one machine. The overhead is the median
// over rounds of a step with the method less the step without, one after the other; the ratio is kdx's overhead over
// PyTorch's: below 1, kdx adds less.
//   node bench/step/overhead.mjs [--base resnet20] [--with resnet20-tffd] [--precision float32] [--steps 60]
//     [--setting='--threads 1 --channels-last'] [--python PROGRAM]   by default the fastest setting of PyTorch's plain step
import { parseArgs } from 'node:util';
import { bestPeer, kdx, median, PYTHON, pytorch } from './stepper.mjs';

const { values: flags } = parseArgs({
  options: {
    base: { type: 'string', default: 'resnet20' },
    with: { type: 'string', default: 'resnet20-tffd' },
    precision: { type: 'string', default: 'float32' },
    steps: { type: 'string', default: '60' },
    setting: { type: 'string', default: '' },
    python: { type: 'string', default: PYTHON },
  },
});

const common = (name) => ['--case', name, '--precision', flags.precision];
const setting = flags.setting ? flags.setting.split(' ') : await bestPeer(common(flags.base), flags.python);
const programs = {
  kdx: kdx([...common(flags.base), '--threads', '1']),
  kdxWith: kdx([...common(flags.with), '--threads', '1']),
  torch: pytorch([...common(flags.base), ...setting], flags.python),
  torchWith: pytorch([...common(flags.with), ...setting], flags.python),
};
for (const stepper of Object.values(programs)) await stepper.answer();
const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
for (let step = 0; step < Number(flags.steps); step++) {
  for (const [name, stepper] of Object.entries(programs)) times[name].push((await stepper.ask('step')).ms);
}
for (const stepper of Object.values(programs)) await stepper.end();
const ms = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
const overhead = (plain, withIt) => median(times[withIt].map((value, round) => value - times[plain][round]));
const added = { kdx: overhead('kdx', 'kdxWith'), torch: overhead('torch', 'torchWith') };
console.log(
  JSON.stringify({ ...flags, setting: setting.join(' '), ms, added, ratio: added.kdx / added.torch }),
);
