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

/** The base task, which is a plugin too and part of every run that has no other. */
export const BASE_TASK = 'classification';
