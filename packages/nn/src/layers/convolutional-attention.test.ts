import { keyedRng, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { type ForwardCall, forwardCall } from '../forward/call.js';
import { TapRecorder } from '../forward/tap-recorder.js';
import { attentionCentres, centredAttention } from '../init/attention-centres.js';
import { zeros } from '../init/initializers.js';
import { close, values } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { Attention } from './attention.js';
import { ConvolutionalAttention, type ConvolutionalAttentionOptions } from './convolutional-attention.js';

const inference = forwardCall({ training: false });
const training = (seed = 1) => forwardCall({ training: true, rng: (purpose) => keyedRng(seed, purpose) });

test.before(() => tf.setBackend('cpu'));

/** A layer with uneven weights of its own; with `blind`, queries and keys are zero. */
function layerOf(
  width: number,
  heads: number,
  options: ConvolutionalAttentionOptions & { readonly blind?: boolean },
) {
  const root = new TestScope();
  const layer = new ConvolutionalAttention(root.child('attn'), width, heads, options);
  setContent(root, width, options.blind);
  return { root, layer };
}

function setContent(root: TestScope, width: number, blind = false): void {
  const qkv = values([width, 3 * width], 2).mul(0.4);
  const kept = tf.concat([tf.fill([2 * width], blind ? 0 : 1), tf.ones([width])], 0);
  root.parameters.get('attn.qkv.weight')!.variable.assign(qkv.mul(kept));
  root.parameters.get('attn.proj.weight')!.variable.assign(values([width, width], 3));
  root.parameters.get('attn.proj.bias')!.variable.assign(values([width], 4));
}

/** The attention weights `[B, H, T, T]` of a forward. */
function weightsOf(layer: Attention, x: tf.Tensor, { training, rng }: ForwardCall = inference): tf.Tensor4D {
  const taps = new TapRecorder(['attn.weights']);
  const call = { training, rng, taps };
  return tf.tidy(() => taps.run(() => ({ y: layer.apply(x, call) })).taps['attn.weights'] as tf.Tensor4D);
}

/** What token `query` of one blind head looks at, for a given position weight. */
function looks(v: number[], query: number, specialTokens = 0): ArrayLike<number> {
  const { layer } = layerOf(2, 1, {
    grid: [3, 3],
    specialTokens,
    blind: true,
    positionInit: () => Float32Array.from(v),
  });
  const T = specialTokens + 9;
  return weightsOf(layer, values([1, T, 2]))
    .slice([0, 0, query, 0], [1, 1, 1, T])
    .dataSync();
}

test('centres begin near and come in opposite pairs (spec of DearKD §2.3)', (t) => {
  const named = [
    [0, 0],
    ...[
      [0, 1],
      [0, -1],
      [1, 0],
      [-1, 0],
      [1, 1],
      [-1, -1],
      [1, -1],
      [-1, 1],
      [0, 2],
      [0, -2],
      [2, 0],
    ],
  ];
  t.deepEqual(
    attentionCentres(12).map((centre) => [...centre]),
    named,
  );
  const many = attentionCentres(64);
  t.is(new Set(many.map(String)).size, 64);
  const distances = many.map(([rows, columns]) => rows ** 2 + columns ** 2);
  t.deepEqual(
    distances,
    [...distances].sort((a, b) => a - b),
  );
  t.deepEqual(attentionCentres(1), [[0, 0]]);
});

test('the initial position weights are −a·(1, −2·D1, −2·D2) and are not decayed', (t) => {
  const { root } = layerOf(12, 6, { grid: [2, 2], mode: 'gated' });
  const { variable, decay } = root.parameters.get('attn.rpe.weight')!;
  close(t, variable, [-1, 0, 0, -1, 0, 2, -1, 0, -2, -1, 2, 0, -1, -2, 0, -1, 2, 2]);
  t.false(decay);
  const gate = root.parameters.get('attn.rpe.gate')!;
  close(t, gate.variable, Array(6).fill(1));
  t.false(gate.decay);
});

test('a blind head looks where its position weight says (spec of DearKD, G11)', (t) => {
  const [corner, edge, centre] = [0.04491922, 0.12210311, 0.33191066];
  close(t, looks([-1, 0, 0], 4), [corner, edge, corner, edge, centre, edge, corner, edge, corner]);
  close(
    t,
    looks([-1, 0, 0], 0),
    [
      0.52041678, 0.19145064, 0.00953177, 0.19145064, 0.07043075, 0.00350654, 0.00953177, 0.00350654,
      0.00017458,
    ],
  );
  const side = [0.00280036, 0.05624673, 0.15289447];
  close(t, looks([-1, 0, 2], 4), [...side, 0.00761217, 0.15289447, 0.41561025, ...side]);
});

test('special tokens have position score 0 on both sides (spec of DearKD, G11)', (t) => {
  const [corner, edge, same] = [0.02699762, 0.07338715, 0.19948696];
  const patches = [corner, edge, corner, edge, same, edge, corner, edge, corner];
  close(t, looks([-1, 0, 0], 2 + 4, 2), [same, same, ...patches]);
  close(t, looks([-1, 0, 0], 1, 2), Array(11).fill(1 / 11));
});

test('with v = 0 it is plain attention, to the last bit, while training too', (t) => {
  const [B, S, D, H] = [2, 2, 6, 3];
  const root = new TestScope();
  const plain = new Attention(root.child('attn'), D, H);
  setContent(root, D);
  const { layer } = layerOf(D, H, { grid: [2, 3], specialTokens: S, positionInit: zeros });
  const x = values([B, S + 6, D]);
  for (const call of [inference, training()]) {
    t.deepEqual(layer.apply(x, call).dataSync(), plain.apply(x, call).dataSync());
  }
  t.deepEqual(weightsOf(layer, x).dataSync(), weightsOf(plain, x).dataSync());
});

test('the tap of the weights is the softmax of scores, whatever the head’s width', (t) => {
  const [B, N, D, H] = [2, 5, 6, 3];
  const root = new TestScope();
  const layer = new Attention(root.child('attn'), D, H);
  setContent(root, D);
  const x = values([B, N, D]) as tf.Tensor3D;
  const qkv = tf.matMul(
    x.reshape([B * N, D]),
    root.parameters.get('attn.qkv.weight')!.variable as tf.Tensor2D,
  );
  const part = (which: number) =>
    qkv
      .slice([0, which * D], [B * N, D])
      .reshape([B, N, H, D / H])
      .transpose([0, 2, 1, 3]);
  const scores = tf.matMul(part(0), part(1), false, true).div(Math.sqrt(D / H));
  close(t, weightsOf(layer, x), tf.softmax(scores));
});

test('weights that nobody taps are not computed', (t) => {
  let calls = 0;
  class Counting extends Attention {
    protected override attend(...given: Parameters<Attention['attend']>): tf.Tensor4D {
      calls += 1;
      return super.attend(...given);
    }
  }
  const layer = new Counting(new TestScope('attn'), 4, 2);
  const x = values([1, 3, 4]);
  const taps = new TapRecorder(['attn']);
  taps.run(() => ({ y: layer.apply(x, { ...inference, taps }) }));
  layer.apply(x, inference);
  t.is(calls, 2);
  weightsOf(layer, x);
  t.is(calls, 2 + 1 + 2);
});

const nine = { grid: [5, 5], positionInit: centredAttention(50) } as const;
const map = (x: tf.Tensor) => tf.reshape(x, [1, 5, 5, -1]) as tf.Tensor4D;
const interior = (x: tf.Tensor, left = 1) => tf.slice(map(x), [0, 1, left, 0], [1, 3, 2, -1]);

test('nine steep blind heads are a 3×3 convolution (spec of DearKD, G11)', (t) => {
  const [D, H] = [18, 9];
  const { root, layer } = layerOf(D, H, { ...nine, blind: true });
  const get = (name: string) => root.parameters.get(`attn.${name}`)!.variable as tf.Tensor2D;
  const filters = attentionCentres(H).map(([rows, columns], h) => {
    const valueWeights = get('qkv.weight').slice([0, 2 * D + 2 * h], [D, 2]);
    return {
      at: 3 * (rows + 1) + columns + 1,
      filter: tf.matMul(valueWeights, get('proj.weight').slice([2 * h, 0], [2, D])),
    };
  });
  filters.sort((a, b) => a.at - b.at);
  const filter = tf.stack(filters.map((each) => each.filter)).reshape([3, 3, D, D]) as tf.Tensor4D;
  const x = values([1, 25, D]);
  const convolved = tf.add(tf.conv2d(map(x), filter, 1, 'valid'), get('proj.bias'));
  const y = tf.slice(map(layer.apply(x, inference)), [0, 1, 1, 0], [1, 3, 3, -1]);
  close(t, y, convolved, { relative: 1e-5, absolute: 1e-5 });
});

test('steep heads see content shifted by a patch as the same, shifted (spec of DearKD, G11)', (t) => {
  const { layer } = layerOf(18, 9, nine);
  const x = values([1, 25, 18]);
  const shifted = tf.reshape(
    tf.concat([tf.slice(map(x), [0, 0, 4], [1, 5, 1]), tf.slice(map(x), [0, 0, 0], [1, 5, 4])], 2),
    [1, 25, 18],
  );
  const [before, after] = [x, shifted].map((tokens) => layer.apply(tokens, inference));
  close(t, interior(after, 2), interior(before), { relative: 1e-5, absolute: 1e-5 });
});

test('dropout takes the same position scores from all images, and scales those it keeps', (t) => {
  const [rate, H] = [0.3, 3];
  const { layer, root } = layerOf(6, H, { grid: [3, 3], specialTokens: 1, blind: true, dropout: rate });
  const x = values([2, 10, 6]);
  const dropped = weightsOf(layer, x, training());
  close(t, dropped.slice([0], [1]), dropped.slice([1], [1]));
  // A special token's score is 0, so that logarithms of weights against its own are scores.
  const logits = (weights: tf.Tensor) =>
    tf.log(weights).sub(tf.log(weights.slice([0, 0, 0, 0], [1, H, 10, 1])));
  const [before, after] = [weightsOf(layer, x), dropped].map((weights) =>
    logits(weights.slice([0], [1])).dataSync(),
  );
  let gone = 0;
  after.forEach((score, i) => {
    const off = Math.abs(score) < 1e-4 && Math.abs(before[i]) > 1e-4;
    if (off) gone += 1;
    else t.true(Math.abs(score - before[i] / (1 - rate)) < 1e-4);
  });
  const scores = before.filter((score) => Math.abs(score) > 1e-4).length;
  t.true(gone > 0.15 * scores && gone < 0.45 * scores, `${gone} of ${scores}`);

  const again = (seed: number) => layer.apply(x, training(seed)).dataSync();
  t.deepEqual(again(5), again(5));
  t.notDeepEqual(again(5), again(6));
  t.is(root.parameters.size, 5);
});

test('dropout is keyed by path, and is on weights or on nothing where that was asked', (t) => {
  const purposes: string[] = [];
  const rng = (purpose: string) => {
    purposes.push(purpose);
    return keyedRng(1, purpose);
  };
  const build = (options: Partial<ConvolutionalAttentionOptions>) =>
    layerOf(4, 2, { grid: [2, 2], dropout: 0.5, ...options }).layer;
  const x = values([3, 4, 4]);
  build({}).apply(x, forwardCall({ training: true, rng }));
  build({ dropoutOn: 'attention' }).apply(x, forwardCall({ training: true, rng }));
  t.deepEqual(purposes, ['attn position dropout', 'attn dropout']);
  for (const options of [{ dropoutOn: 'none' }, { dropout: 0 }] as const) {
    close(t, build(options).apply(x, forwardCall({ training: true })), build({}).apply(x, inference));
  }
  t.throws(() => build({}).apply(x, forwardCall({ training: true })), { code: 'KDX_RNG_MISSING' });

  for (const mode of ['additive', 'gated'] as const) {
    const layer = build({ dropoutOn: 'attention', mode });
    const [full, half] = [inference, training()].map((call) => weightsOf(layer, x, call).dataSync());
    t.true(half.some((weight) => weight === 0) && half.some((weight) => weight > 0));
    half.forEach((weight, i) => {
      if (weight !== 0) t.true(Math.abs(weight - 2 * full[i]) < 1e-5, `${weight} of ${full[i]}`);
    });
  }
});

test('gates lead from content alone to position alone', (t) => {
  const options = { grid: [2, 3], specialTokens: 1 } as const;
  const x = values([2, 7, 6]);
  const weights = (gate: number, blind = false) => {
    const { root, layer } = layerOf(6, 3, { ...options, mode: 'gated', blind });
    root.parameters.get('attn.rpe.gate')!.variable.assign(tf.fill([3], gate));
    return weightsOf(layer, x);
  };
  const content = layerOf(6, 3, { ...options, positionInit: zeros }).layer;
  const position = layerOf(6, 3, { ...options, blind: true }).layer;
  close(t, weights(-40), weightsOf(content, x));
  close(t, weights(40), weightsOf(position, x));
  const share = 1 / (1 + Math.exp(-1));
  close(
    t,
    weights(1),
    weightsOf(content, x)
      .mul(1 - share)
      .add(weightsOf(position, x).mul(share)),
  );
});

for (const mode of ['additive', 'gated'] as const) {
  for (const dropoutOn of ['position', 'attention', 'none'] as const) {
    test(`gradients of all parameters and of the input are differences: ${mode}, dropout on ${dropoutOn}`, (t) => {
      const { root, layer } = layerOf(4, 2, {
        grid: [2, 2],
        specialTokens: 1,
        mode,
        dropoutOn,
        dropout: 0.3,
      });
      root.parameters.get('attn.rpe.weight')!.variable.assign(values([2, 3], 9) as tf.Tensor2D);
      const x = tf.variable(values([2, 5, 4]));
      const call = training();
      checkDifferences(t, () => layer.apply(x, call), [...root.variables, x]);
    });
  }
}

/** Gradients of Σ w∘compute(), w fixed and uneven, against central differences. */
function checkDifferences(t: ExecutionContext, compute: () => tf.Tensor, variables: tf.Variable[]): void {
  const w = values(compute().shape, 7);
  const weights = w.dataSync();
  const { gradients } = valueAndGradients(() => tf.sum(tf.mul(compute(), w)) as tf.Scalar, variables);
  const h = 5e-3;
  variables.forEach((variable, index) => {
    const data = variable.dataSync().slice();
    const at = (position: number, step: number) => {
      const moved = data.slice();
      moved[position] += step;
      tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
      const y = tf.tidy(compute).dataSync();
      return Array.from(y).reduce((sum, value, i) => sum + value * weights[i], 0);
    };
    const differences = Array.from(data, (_, position) => (at(position, h) - at(position, -h)) / (2 * h));
    at(0, 0);
    close(t, gradients[index] as tf.Tensor, differences, {
      relative: 1e-2,
      absolute: 2e-3,
      what: variable.name,
    });
  });
}

test.serial('a step leaves nothing behind', (t) => {
  for (const mode of ['additive', 'gated'] as const) {
    const { root, layer } = layerOf(4, 2, { grid: [2, 2], mode });
    const x = values([2, 4, 4]);
    const { numTensors, numBytes } = tf.memory();
    layer.apply(x, inference).dispose();
    weightsOf(layer, x).dispose();
    const step = tf.tidy(() =>
      valueAndGradients(() => tf.sum(layer.apply(x, training())) as tf.Scalar, root.variables),
    );
    tf.dispose([step.value, ...(step.gradients as tf.Tensor[])]);
    t.is(tf.memory().numTensors, numTensors, mode);
    t.is(tf.memory().numBytes, numBytes, mode);
  }
});

test('tokens that are not the grid’s are refused', (t) => {
  const { layer } = layerOf(4, 2, { grid: [2, 3], specialTokens: 2 });
  t.throws(() => layer.apply(values([1, 7, 4]), inference), {
    code: 'KDX_SHAPE',
    message: /"attn" expects \[B, 2 \+ 2·3, D\], but it was given \[1, 7, 4\]/,
  });
});
