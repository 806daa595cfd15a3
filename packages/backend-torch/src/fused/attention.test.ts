import { attention, splitHeads } from '@kdx/nn';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided, withGradients } from '../testing/against-cpu.js';
import { withoutOperator } from '../testing/operators.js';
import { torchTest } from '../testing/torch-test.js';

const TILED = '_scaled_dot_product_flash_attention_for_cpu';

type Options = NonNullable<Parameters<typeof attention>[3]>;

const attend =
  (options: Options = {}) =>
  (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias?: tf.Tensor): tf.Tensor =>
    attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, {
      ...options,
      ...(bias && { bias: bias as tf.Tensor4D }),
    });

const qkv = (shape: number[], make = random): tf.Tensor[] => [1, 2, 3].map((seed) => make(shape, seed));

/** Attention tiled where this libtorch has it, and as on one that has not. */
function attentionTest(title: string, run: Parameters<typeof torchTest>[1]): void {
  torchTest(title, run);
  torchTest(`${title}, without libtorch's tiled attention`, (t) =>
    withoutOperator(TILED, async () => {
      await run(t);
    }),
  );
}

attentionTest('attention and its gradients equal the composition', async (t) => {
  for (const shape of [
    [2, 3, 5, 4],
    [1, 1, 1, 3],
    [1, 2, 65, 16],
    [1, 1, 600, 8],
  ]) {
    await sameAsCpu(t, `[${shape}]`, () => withGradients(attend(), qkv(shape)));
  }
  await sameAsCpu(t, 'scale', () => withGradients(attend({ scale: 1 }), qkv([2, 2, 5, 4])));
});

attentionTest('attention reads views, whatever their strides', async (t) => {
  await sameAsCpu(t, 'strided', () => withGradients(attend(), qkv([2, 3, 5, 4], strided)));
  await sameAsCpu(t, 'as a layer splits and joins heads', () =>
    withGradients(
      (x) => {
        const [q, k, v] = splitHeads(x as tf.Tensor3D, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.reshape(tf.transpose(attend()(q, k, v), [0, 2, 1, 3]), [2, 5, 8]);
      },
      [random([2, 5, 24])],
    ),
  );
});

attentionTest('heads are split and joined as the composition does', async (t) => {
  await sameAsCpu(t, 'heads', () => {
    const joined = [2, 1, 0].map((part) =>
      withGradients((x) => splitHeads(x as tf.Tensor3D, 3)[part] as tf.Tensor, [strided([2, 5, 18])]),
    );
    return joined.flat();
  });
});

torchTest('a bias of every shape that broadcasts gets its gradient', async (t) => {
  const [B, H, N] = [2, 3, 5];
  for (const shape of [
    [B, H, N, N],
    [1, H, N, N],
    [B, 1, N, N],
    [1, 1, N, N],
  ]) {
    await sameAsCpu(t, `bias [${shape}]`, () =>
      withGradients(attend(), [...qkv([B, H, N, 4]), random(shape, 4)]),
    );
  }
});

torchTest('dropped weights and their gradients equal the composition, with and without a bias', async (t) => {
  // Without the kernel both back ends draw the mask from TensorFlow.js's generator.
  const kernel = tf.getKernel('KdxDropoutMask', 'torch');
  tf.unregisterKernel('KdxDropoutMask', 'torch');
  const dropping: typeof attend = () => (q, k, v, bias) =>
    attend({ dropout: { rate: 0.4, rng: keyedRng(7, 'attention') } })(q, k, v, bias);
  try {
    await sameAsCpu(t, 'dropout', () => withGradients(dropping(), qkv([2, 3, 5, 4])));
    await sameAsCpu(t, 'dropout and bias', () =>
      withGradients(dropping(), [...qkv([2, 3, 5, 4]), random([1, 3, 5, 5], 4)]),
    );
  } finally {
    tf.registerKernel(kernel);
  }
});

torchTest('large scores do not overflow', async (t) => {
  await sameAsCpu(t, 'large', () => withGradients(attend({ scale: 100 }), qkv([1, 2, 4, 8])), 1e-4);
});
