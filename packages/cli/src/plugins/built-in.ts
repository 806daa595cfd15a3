/** Methods that come with kdx. */
export const BUILT_IN_PLUGINS: readonly string[] = ['deit', 'kd'];
