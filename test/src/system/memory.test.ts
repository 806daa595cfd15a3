import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Bridge, loadBridge } from '@kdx/backend-torch';
import { distill } from '@kdx/run';
import * as tf from '@tensorflow/tfjs';
import ava from 'ava';
import { BACKEND, backendTest, ON_BACKEND } from '../support/backend.js';
import { STUDENT } from '../support/tiny-run.js';

/** `KDX_STEPS=10000` for the count that is promised. */
const STEPS = Number(process.env.KDX_STEPS || 1000);
const STEPS_PER_EPOCH = 50;
const MIB = 2 ** 20;
/** What Node may take meanwhile for code that it compiles. */
const ROOM = 4 * MIB;

/** What a run holds at a moment. */
interface Held {
  readonly tensors: number;
  readonly bytes: number;
  /** Tensors of libtorch, and the bytes they take. */
  readonly handles: number;
  readonly live: number;
  /** Resident bytes besides JavaScript's heap, which grows and shrinks as its collector sees fit. */
  readonly native: number;
  /** Bytes of JavaScript's heap that are in use after a collection. */
  readonly heap: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldNow(bridge: Bridge | undefined): Held {
  const { numTensors, numBytes } = tf.memory();
  const { tensors, live } = bridge?.memory() ?? { tensors: 0, live: 0 };
  collectGarbage();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return {
    tensors: numTensors,
    bytes: numBytes,
    handles: tensors,
    live,
    native: rss - heapTotal,
    heap: heapUsed,
  };
}

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

const test = backendTest(ava);

test(`${STEPS.toLocaleString('en')} steps leave nothing behind`, async (t) => {
  t.timeout(20 * 60_000);
  const bridge = BACKEND === 'torch' ? (await loadBridge()).bridge : undefined;
  const held: Held[] = [];
  const { dispose } = await distill({
    student: `${STUDENT}&drop=0.1&drop-path=0.1`,
    teacher: 'convnet?width=4',
    data: `shapes?train=${4 * STEPS_PER_EPOCH}&validation=8&test=8&augment=flip`,
    plugins: 'deit',
    epochs: STEPS / STEPS_PER_EPOCH,
    batch: 4,
    mixup: 0.8,
    ema: 0.99,
    clip: 1,
    ...ON_BACKEND,
    out: false,
    onEvent: (event) => {
      if (event.type === 'epoch') held.push(heldNow(bridge));
    },
  });
  t.is(held.length, STEPS / STEPS_PER_EPOCH);
  const [early, late] = [held[Math.ceil(held.length / 10) - 1], held[held.length - 1]];
  t.log(`${late.tensors} tensors of ${late.bytes} bytes; in libtorch ${late.handles} of ${late.live}`);
  for (const figure of ['native', 'heap'] as const) {
    t.log(`${figure}: ${inMib(early[figure])} after a tenth of the steps, ${inMib(late[figure])} at the end`);
    t.true(late[figure] - early[figure] < ROOM, figure);
  }
  // The first epoch also makes the optimiser's slots.
  for (const figure of ['tensors', 'bytes', 'handles', 'live'] as const) {
    t.deepEqual([...new Set(held.slice(1).map((moment) => moment[figure]))], [late[figure]], figure);
  }
  await dispose();
  t.is(tf.memory().numTensors, 0);
  t.is(bridge?.memory().tensors ?? 0, 0);
});
