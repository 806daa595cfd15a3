import test from 'ava';
import { BACKEND_FLAGS } from '../support/backend.js';
import { kdxOk, temporaryFolder } from '../support/cli.js';

// Plans that cannot do what they say are told by every command that knows the plan.

const RUN = [
  ...[
    '--student',
    'convnet?width=2&stages=1',
    '--data',
    'shapes?train=32&validation=8&test=8',
    '--batch',
    '16',
  ],
  ...['--epochs', '3', '--lr', '0.01', ...BACKEND_FLAGS],
];
const plain = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('check, explain and run tell the same of a warm-up longer than the run, and the log has it', async (t) => {
  const cwd = temporaryFolder(t);
  const flags = [...RUN, '--set', 'schedule.warmup=5'];
  // Five of the six steps come before the last, after 2.5 of 5 epochs: half of the rate.
  const sentence =
    'KDX_PLAN_WARMUP The warm-up of 5 epochs does not end within the run of 3 epochs: the learning rate gets no higher than 0.005 instead of 0.01; use --set schedule.warmup=10%, or train longer';
  const [checked, explained, ran] = await Promise.all([
    kdxOk(['check', ...flags], { cwd }),
    kdxOk(['explain', ...flags], { cwd }),
    kdxOk(['run', ...flags, '--out', 'run', '--json'], { cwd }),
  ]);
  t.true(plain(checked.stdout).includes(`! plan ${sentence}`), checked.stdout);
  t.true(plain(explained.stdout).includes(`Warnings ${sentence}.`), explained.stdout);
  const [code, ...words] = sentence.split(' ');
  const warning = ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { type: string; code?: string; message?: string })
    .find(({ type }) => type === 'warning');
  t.is(warning?.code, code);
  t.is(warning?.message, `${words.join(' ')}.`);
});
