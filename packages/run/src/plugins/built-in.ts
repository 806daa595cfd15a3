/** Methods and observers that come with kdx. */
export const BUILT_IN_PLUGINS: readonly string[] = [
  'csv',
  'dearkd',
  'deit',
  'df-dearkd',
  'kd',
  'shake',
  'tensorboard',
  'tf-fd',
];

/** Those of them that only watch a run, where a run's config is all there is to tell by; their definitions offer `observer`. */
export const BUILT_IN_OBSERVERS: readonly string[] = ['csv', 'tensorboard'];

/** The base task, which is a plugin too and part of every run that has no other. */
export const BASE_TASK = 'classification';
