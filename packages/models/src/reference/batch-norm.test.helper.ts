import { naiveBatchNorm, type Pixels, type Statistics } from './naive.test.helper.js';

/** The batch norm at a path of a model, at inference, as loops; `state` as `stateOf` gives it. */
export const naiveNormAt =
  (state: (name: string) => Float32Array) =>
  (x: Pixels, at: string): Pixels => {
    const statistics: Statistics = {
      weight: state(`${at}.weight`),
      bias: state(`${at}.bias`),
      running_mean: state(`${at}.running_mean`),
      running_var: state(`${at}.running_var`),
    };
    return naiveBatchNorm(x, statistics);
  };

/** Names of a batch norm's parameters and buffers. */
export const normNames = (at: string): string[] => [
  `${at}.weight`,
  `${at}.bias`,
  `${at}.running_mean`,
  `${at}.running_var`,
];
