// `@kdx/run/parts`: what a command line is made of besides: configs, recipes, plugins and back ends by name.

export { PRECISIONS } from './backends/precisions.js';
export { BACKEND_NAMES, backends, type SelectedBackend, selectBackend } from './backends/select-backend.js';
export { armFolder, armText, checkArmName, checkArmNames } from './config/arm-name.js';
export { configError } from './config/config-error.js';
export { configJsonSchema } from './config/config-file.js';
export { loadConfig } from './config/load-config.js';
export { type ConfigLayer, mergeLayers, originOf } from './config/merge-layers.js';
export { originsOf } from './config/origins.js';
export { parseAssignment } from './config/parse-assignment.js';
export {
  type Arm,
  armUnknown,
  type ConfigSource,
  layersOf,
  readConfig,
  readSeeds,
  runOf,
} from './config/read-config.js';
export { parseRunConfig, runConfig } from './config/run-config.js';
export { withAssignments } from './config/with-assignments.js';
export { checkFolder } from './folder/check-folder.js';
export { newestUnfinishedRun } from './folder/directory.js';
export {
  differencesOf,
  environment,
  hashFile,
  type Pinned,
  type RunRecord,
  stableJson,
  withOldValues,
} from './folder/record.js';
export { BASE_TASK, builtInObservers, builtInPlugins } from './plugins/built-in.js';
export { describePlugin, type PluginDescription, type PluginParameter } from './plugins/describe-plugin.js';
export { findPlugin } from './plugins/find-plugin.js';
export { isObserver } from './plugins/is-observer.js';
export { listPlugins } from './plugins/list-plugins.js';
export { loadFactory, loadPlugins } from './plugins/load-plugin.js';
export { openNames } from './plugins/open-names.js';
export { parsePluginList } from './plugins/parse-plugin-list.js';
export { loadRecipe, recipeJsonSchema, recipeNames, sourcedValues } from './recipes/recipe.js';
