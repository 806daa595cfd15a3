export {
  type TensorboardOptions,
  tensorboard,
  tensorboard as default,
  tensorboardOptions,
} from './tensorboard.js';
