// The same training step in kdx and in PyTorch, taking turns on one machine: `npm run bench:step`, `-- --json` for rows.
// The ratio is PyTorch's median time over kdx's: above 1, kdx is faster. PyTorch gets its best setting, found first: one
// thread or two, its usual memory layout or channels-last; OpenBLAS and passive waiting in any case.
//   node bench/step/step.mjs [--case NAME] [--precision float32|bf16] [--steps 15] [--python PROGRAM] [--json]
import { parseArgs } from 'node:util';
import { bestPeer, kdx, median, PYTHON, pytorch } from './stepper.mjs';

const CASES = ['deit-distilled', 'resnet20-kd', 'deit-224'];
const PRECISIONS = ['float32', 'bf16'];
const { values: flags } = parseArgs({
  options: {
    case: { type: 'string', multiple: true, default: CASES },
    precision: { type: 'string', multiple: true, default: PRECISIONS },
    steps: { type: 'string', default: '15' },
    python: { type: 'string', default: PYTHON },
    json: { type: 'boolean', default: false },
  },
});
const grown = ({ rss_built, peak_rss }) => (peak_rss - rss_built) / 2 ** 20;

async function compare(name, precision) {
  const common = ['--case', name, '--precision', precision];
  const setting = await bestPeer(common, flags.python);
  const ours = kdx([...common, '--threads', 'auto']);
  const { threads } = await ours.answer();
  const peer = pytorch([...common, ...setting], flags.python);
  const { torch } = await peer.answer();
  const times = { kdx: [], torch: [] };
  for (let step = 0; step < Number(flags.steps); step++) {
    times.kdx.push((await ours.ask('step')).ms);
    times.torch.push((await peer.ask('step')).ms);
  }
  const memory = { kdx: grown(await ours.ask('memory')), torch: grown(await peer.ask('memory')) };
  await ours.end();
  await peer.end();
  const row = { kdx_ms: median(times.kdx), torch_ms: median(times.torch) };
  return {
    case: name,
    precision,
    ratio: row.torch_ms / row.kdx_ms,
    ...row,
    kdx_mib: memory.kdx,
    torch_mib: memory.torch,
    memory_ratio: memory.kdx / memory.torch,
    kdx_threads: threads,
    torch_version: torch,
    torch_setting: setting.join(' ').replaceAll('--', ''),
  };
}

const columns = {
  case: 16,
  precision: 10,
  ratio: 7,
  kdx_ms: 9,
  torch_ms: 9,
  kdx_mib: 9,
  torch_mib: 10,
  memory_ratio: 13,
};
const cells = (row) =>
  Object.entries(columns).map(([name, width]) => {
    const value = row[name];
    return typeof value === 'number'
      ? value.toFixed(name.includes('ratio') ? 2 : 0).padStart(width)
      : value.padEnd(width);
  });
if (!flags.json)
  console.log(...cells(Object.fromEntries(Object.keys(columns).map((name) => [name, name]))), 'PyTorch');
for (const name of flags.case) {
  for (const precision of flags.precision) {
    const row = await compare(name, precision);
    if (flags.json) console.log(JSON.stringify(row));
    else console.log(...cells(row), `${row.torch_version}, ${row.torch_setting}`);
  }
}
