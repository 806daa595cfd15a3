/** A command as the list of commands shows it. */
export interface CommandSummary {
  readonly name: string;
  /** As commander writes it, e.g. `[config]`. */
  readonly argument?: string;
  readonly summary: string;
}

/**
 * Every command of kdx itself, in the order of the list; those of plugins follow. They stand here too, so that `kdx --help` and `kdx --version` need not load
 * the commands themselves, which import TensorFlow.js; a test compares the two.
 */
export const COMMAND_SUMMARIES: readonly CommandSummary[] = [
  { name: 'run', argument: '[config]', summary: 'Trains a student, with a teacher or without.' },
  { name: 'explain', argument: '[config]', summary: "Prints a run's whole loss, and who learns from it." },
  {
    name: 'check',
    argument: '[config]',
    summary: 'Tries a run without training it, and says what it will cost.',
  },
  { name: 'bench', argument: '[config]', summary: 'Compares methods, every arm with every seed.' },
  { name: 'report', argument: '<dir...>', summary: 'Makes one page of runs: curves, scores, differences.' },
  { name: 'ui', argument: '<dir...>', summary: 'Shows runs in a browser while they go on.' },
  { name: 'config', argument: '[config]', summary: 'Prints what a run would take, and where it is from.' },
  {
    name: 'recipes',
    argument: '[recipe]',
    summary: 'Lists the recipes, or the values of one with their sources.',
  },
  { name: 'eval', summary: 'Scores trained weights on a data set.' },
  { name: 'attention', summary: 'Measures how far the heads of ViTs look.' },
  {
    name: 'models',
    argument: '[model]',
    summary: 'Lists the models, or the options and stages of one.',
  },
  { name: 'plugins', argument: '[plugin]', summary: 'Lists the methods, or the options of one.' },
  { name: 'plugin', summary: 'Makes a plugin package, and proves a plugin correct.' },
  { name: 'data', summary: 'Lists, inspects and fetches data sets.' },
  { name: 'doctor', summary: 'Says what this machine can run, and why not.' },
  { name: 'backend', summary: 'Builds and tunes a back end for this machine.' },
];
