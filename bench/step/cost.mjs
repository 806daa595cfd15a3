// What methods cost in a training step of kdx, all taking turns on one machine: medians, and each over the first.
//   node bench/step/cost.mjs [--case resnet20-kd --case resnet20-shake …] [--precision float32|bf16] [--steps 40]
import { parseArgs } from 'node:util';
import { kdx, median } from './stepper.mjs';

const { values: flags } = parseArgs({
  options: {
    case: {
      type: 'string',
      multiple: true,
      default: ['resnet20-kd', 'resnet20-shake', 'resnet20-shake-submission'],
    },
    precision: { type: 'string', default: 'float32' },
    steps: { type: 'string', default: '40' },
  },
});
const steppers = flags.case.map((name) =>
  kdx(['--case', name, '--precision', flags.precision, '--threads', '1']),
);
for (const stepper of steppers) await stepper.answer();
const times = flags.case.map(() => []);
for (let step = 0; step < Number(flags.steps); step++) {
  for (const [i, stepper] of steppers.entries()) times[i].push((await stepper.ask('step')).ms);
}
for (const stepper of steppers) await stepper.end();
const ms = times.map(median);
const over = times.map((mine) => median(mine.map((value, step) => value / times[0][step])));
console.log(JSON.stringify({ ...flags, ms, over }));
