// `@kdx/run/names`: which plugins there are, without loading any or TensorFlow.js.

export { builtInFolder, builtInObservers, builtInPlugins } from './plugins/built-in.js';
export { installedPlugins } from './plugins/installed-plugins.js';
export { packageFolder } from './plugins/package-folder.js';
