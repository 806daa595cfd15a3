import type { KernelDefinition } from '../runtime/kernel.js';
import { ARRANGE_KERNELS } from './arrange.js';
import { BATCH_NORM_KERNELS } from './batch-norm.js';
import { COMPLEX_KERNELS } from './complex.js';
import { CONV2D_KERNELS } from './conv/conv2d.js';
import { CONV3D_KERNELS } from './conv/conv3d.js';
import { GROUPED_CONV_KERNELS } from './conv/grouped.js';
import { COUNT_KERNELS } from './count.js';
import { CREATE_KERNELS } from './create.js';
import { CUMULATE_KERNELS } from './cumulate.js';
import { DILATION_KERNELS } from './dilation.js';
import { ELEMENTWISE_KERNELS } from './elementwise.js';
import { GATHER_KERNELS } from './gather.js';
import { CROP_KERNELS } from './image/crop-and-resize.js';
import { FLIP_AND_ROTATE_KERNELS } from './image/flip-and-rotate.js';
import { RESIZE_KERNELS } from './image/resize.js';
import { TRANSFORM_KERNELS } from './image/transform.js';
import { LOCAL_RESPONSE_KERNELS } from './local-response.js';
import { MATMUL_KERNELS } from './matmul.js';
import { AVG_POOL_KERNELS } from './pool/avg-pool.js';
import { MAX_POOL_KERNELS } from './pool/max-pool.js';
import { REDUCE_KERNELS } from './reduce.js';
import { SCATTER_KERNELS } from './scatter.js';
import { SEARCH_KERNELS } from './search.js';
import { SOFTMAX_KERNELS } from './softmax.js';
import { VIEW_KERNELS } from './views.js';

/** Every kernel of TensorFlow.js that runs in libtorch. */
export const TORCH_KERNELS: readonly KernelDefinition[] = [
  ...ELEMENTWISE_KERNELS,
  ...BATCH_NORM_KERNELS,
  ...CONV2D_KERNELS,
  ...CONV3D_KERNELS,
  ...GROUPED_CONV_KERNELS,
  ...CROP_KERNELS,
  ...FLIP_AND_ROTATE_KERNELS,
  ...RESIZE_KERNELS,
  ...TRANSFORM_KERNELS,
  ...LOCAL_RESPONSE_KERNELS,
  ...DILATION_KERNELS,
  ...MATMUL_KERNELS,
  ...AVG_POOL_KERNELS,
  ...MAX_POOL_KERNELS,
  ...ARRANGE_KERNELS,
  ...COMPLEX_KERNELS,
  ...COUNT_KERNELS,
  ...CREATE_KERNELS,
  ...CUMULATE_KERNELS,
  ...GATHER_KERNELS,
  ...REDUCE_KERNELS,
  ...SCATTER_KERNELS,
  ...SEARCH_KERNELS,
  ...SOFTMAX_KERNELS,
  ...VIEW_KERNELS,
];
