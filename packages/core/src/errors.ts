import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const CORE_ERRORS = {
  KDX_SCHEDULE_INVALID: {
    exit: 'usage',
    means: 'A schedule, or a length in it, cannot be made, or the learning rate falls below 0',
    fix: 'fix the option that the sentence names; lengths are epochs (`5`) or shares (`"10%"`)',
  },
  KDX_BEST_AVERAGE: {
    exit: 'usage',
    means: '`best` is to be chosen by the averaged student, and the run has none',
    fix: 'set `ema` too, or `--set best=student`',
  },
  KDX_DATA_UNKNOWN: {
    exit: 'usage',
    means: 'No data source, not even one of a plugin, understands the text',
    fix: '`kdx data` lists them; name the plugin that brings yours',
  },
  KDX_DATA_EMPTY: {
    exit: 'usage',
    means: 'There are no training images',
    fix: 'give data that has some',
  },
  KDX_DATA_SMALL: {
    exit: 'usage',
    means: 'The training images do not fill one step, or one round of `repeats`',
    fix: 'a smaller `--batch`, `--set dropLast=false` or `--set repeats=1`',
  },
  KDX_DATA_NAN: {
    exit: 'failure',
    means: "An image holds a value that is no number in [0, 1], or a plugin's `batch` hook made one",
    fix: 'mend or remove the image, or leave out the plugin',
  },
  KDX_DATA_READ: {
    exit: 'failure',
    means: 'A data source of a plugin, or of your own, failed to read an image',
    fix: "see the cause; report it to the plugin's author",
  },
  KDX_DATA_TRANSFORM: {
    exit: 'failure',
    means: 'A transform threw, or gave a promise',
    fix: 'its author: change the image before it returns',
  },
  KDX_NO_IMAGES: {
    exit: 'usage',
    means: 'Nothing was scored, because the split is empty',
    fix: 'give the split at least one image',
  },
  KDX_CLASS_NAMES: {
    exit: 'usage',
    means:
      "A weight file was trained with the data's classes in another order; a warning where it was trained with other classes",
    fix: 'give weights and data with the same classes in the same order, or save the file with the right names',
  },
  KDX_MODEL_UNKNOWN: {
    exit: 'usage',
    means: 'No model is called that',
    fix: '`kdx models` lists them',
  },
  KDX_MODEL_SHAPE: {
    exit: 'usage',
    means: 'A recipe of a plugin, or of your own, made something that is not a model or a recipe',
    fix: 'its author: what the sentence says',
  },
  KDX_MODEL_OUTPUT: {
    exit: 'failure',
    means: "A model's forward threw, or gave other tensors than its spec says",
    fix: 'its author: logits of one row per image, every head, every tap that was asked for',
  },
  KDX_CLASS_COUNT: {
    exit: 'usage',
    means: 'Numbers of classes differ between weights, teacher and data, or are not known',
    fix: 'give weights trained on these classes, or the data they were trained on',
  },
  KDX_ADAPT_NO_STUDENT: {
    exit: 'usage',
    means: 'A method was named for a command that has no run, such as `kdx eval`',
    fix: 'name only plugins that bring data or models there',
  },
  KDX_HEAD_RULE: {
    exit: 'usage',
    means: 'The head rule needs a distillation head and the student has none',
    fix: '`--head-rule class`',
  },
  KDX_WEIGHTS_NON_FINITE: {
    exit: 'usage',
    means: 'A weight file, or a model given in code, holds NaN or infinite values',
    fix: 'give weights of a training that went well',
  },
  KDX_WEIGHTS_IMAGE_SIZE: {
    exit: 'warning',
    means: 'The weights were trained on images of another size',
    fix: 'give data of that size, or other weights',
  },
  KDX_WEIGHTS_NORMALIZATION: {
    exit: 'warning',
    means: 'The name sets another mean or std than the file was trained with',
    fix: 'leave `mean` and `std` out of the name',
  },
  KDX_PARAMETER_UNKNOWN: {
    exit: 'usage',
    means: 'A plugin asks for a parameter that the model has not',
    fix: 'take a name that the model lists',
  },
  KDX_TEACHER_WEAK: {
    exit: 'warning',
    means: 'The teacher is hardly better than chance on this data',
    fix: 'give trained weights: `--teacher MODEL@FILE`',
  },
  KDX_PLUGIN_SHAPE: {
    exit: 'usage',
    means: 'What the file exports is not what `definePlugin()` makes',
    fix: '`export default definePlugin({ … })`, not called',
  },
  KDX_PLUGIN_VERSION: {
    exit: 'usage',
    means: 'It was written for another plugin API, or its range is none',
    fix: 'install versions that match',
  },
  KDX_PLUGIN_OPTIONS: {
    exit: 'usage',
    means: 'Options that the plugin does not take',
    fix: '`kdx plugins NAME` lists them',
  },
  KDX_PLUGIN_VALUE: {
    exit: 'usage',
    means: 'A plugin gives a method of its context, `brings()` or `requires()` something of another kind',
    fix: 'its author: what the sentence says',
  },
  KDX_PLUGIN_CLASH: {
    exit: 'usage',
    means: 'Two different plugins have one name',
    fix: 'leave one out, or rename it',
  },
  KDX_PLUGIN_TWICE: {
    exit: 'usage',
    means: 'One plugin with two sets of options',
    fix: 'keep one; where others bring it, name it yourself with the options you want',
  },
  KDX_PLUGIN_BRINGS: {
    exit: 'usage',
    means: 'A plugin brings itself, by way of others',
    fix: 'break the circle',
  },
  KDX_PLUGIN_FAILED: {
    exit: 'failure',
    means: 'Its `brings()`, `configure()` or `setup()` threw',
    fix: 'see the cause; report it to its author',
  },
  KDX_PLUGIN_HANGS: {
    exit: 'failure',
    means: '`configure()` or `setup()` never settled',
    fix: 'look for a promise that is never resolved, or `--set hookTimeout=SECONDS`',
  },
  KDX_REQUIRES: {
    exit: 'usage',
    means: 'A plugin needs a capability that the run has not',
    fix: '`kdx plugins NAME` says what it needs',
  },
  KDX_CONFLICT: {
    exit: 'usage',
    means: 'Two plugins exclude each other',
    fix: 'leave one of them out',
  },
  KDX_TEACHER_MISSING: {
    exit: 'usage',
    means: 'A method distils from a teacher and the run has none, or not so many',
    fix: 'add `--teacher MODEL@WEIGHTS`',
  },
  KDX_PLAN_WARMUP: {
    exit: 'warning',
    means: "The warm-up of the learning rate does not end within the run, or takes much of the cosine's time",
    fix: 'take the length or setting that the sentence names',
  },
  KDX_PLAN_MILESTONES: {
    exit: 'warning',
    means: 'Milestones of the step decay lie beyond the run, at its start, or on one epoch',
    fix: 'place them within the run, or as shares of it',
  },
  KDX_PLAN_RATE: {
    exit: 'warning',
    means: 'The learning rate is 0 for whole epochs, or a line does not end with the run',
    fix: 'take the setting that the sentence names',
  },
  KDX_PLAN_AVERAGE: {
    exit: 'warning',
    means: 'The averaged student is still mostly what it started from when the run ends',
    fix: '`--set emaWarmup=true`, or a smaller `ema`',
  },
  KDX_PLAN_WEIGHT: {
    exit: 'warning',
    means: "A term's weight leaves 0, reaches its full value or begins to fall only after the run",
    fix: 'change the options of the plugin, or train longer',
  },
  KDX_PLAN_PERIOD: {
    exit: 'warning',
    means: '`logEvery`, `saveEvery`, `evaluateEvery` or `accumulate` asks for more than the run has',
    fix: 'take the number that the sentence names',
  },
  KDX_TEACHER_UNREAD: {
    exit: 'warning',
    means: 'Nothing learns from a teacher of the run',
    fix: 'add a method that does, or leave out the teacher',
  },
  KDX_SLOT_TWICE: {
    exit: 'usage',
    means: 'Two plugins claim what only one can hold, such as the balance of the losses',
    fix: 'leave one of them out',
  },
  KDX_SLOT_RESERVED: {
    exit: 'usage',
    means: 'A plugin claims what the run makes itself',
    fix: 'its author: a hook or `adaptStudent()` instead',
  },
  KDX_SAMPLER: {
    exit: 'failure',
    means:
      "A plugin's sampler is none, fails, gives one epoch two orders, or positions that are not those of training images",
    fix: 'its author: `order()` depends on nothing but what it is given, see `Sampler`',
  },
  KDX_SLOT_LATE: {
    exit: 'usage',
    means: 'A plugin claims the data source in `setup()`',
    fix: 'its author: claim it in `configure()`',
  },
  KDX_FROZEN: {
    exit: 'usage',
    means: 'A plugin registers something after the run was wired',
    fix: 'its author: do it before `setup()` returns',
  },
  KDX_REF: {
    exit: 'usage',
    means: 'Something is not what a term can read',
    fix: 'its author: `student.…`, `teacher.…`, `targets`, `images`, `module.<plugin>/<name>`',
  },
  KDX_TAP_SHAPE: {
    exit: 'usage',
    means: 'A method cannot use a tap of this shape',
    fix: "name other taps in the method's options",
  },
  KDX_HEAD_UNKNOWN: {
    exit: 'usage',
    means: 'A term reads a head that the model has not',
    fix: 'its author, or another model',
  },
  KDX_TERM_TWICE: {
    exit: 'usage',
    means: 'A plugin adds two terms of one id',
    fix: 'its author: another id',
  },
  KDX_TERM_GROUP: {
    exit: 'usage',
    means: 'A term or a balance names an unknown group',
    fix: 'take one of those listed',
  },
  KDX_TERM_UNKNOWN: {
    exit: 'usage',
    means: 'A plugin supersedes a term or capability that is not there',
    fix: 'take one of those listed',
  },
  KDX_SUPERSEDE: {
    exit: 'usage',
    means: 'Plugins supersede each other, or one its own terms',
    fix: 'leave one of them out',
  },
  KDX_MODULE_TWICE: {
    exit: 'usage',
    means: 'A plugin adds two helper modules of one name',
    fix: 'its author: another name',
  },
  KDX_MODULE_UNKNOWN: {
    exit: 'usage',
    means: 'A term reads a helper module that nobody added before it',
    fix: 'its author: add it first',
  },
  KDX_MODULE_OUTPUT: {
    exit: 'failure',
    means: 'A helper module gave something that is not a tensor, or one of another shape than for zeros',
    fix: 'its author: return one float32 tensor with the batch first',
  },
  KDX_INTERRUPTED: {
    exit: 'interrupted',
    means: 'Ctrl-C, or a signal; what could be saved is',
    fix: 'go on with `kdx run --resume`, or the same command',
  },
  KDX_NON_FINITE: {
    exit: 'failure',
    means: 'A loss, logit or attention is NaN or infinite',
    fix: 'do what the sentence names: in training a lower `--lr` or `clip`, of given weights other ones',
  },
  KDX_NO_LOSS: {
    exit: 'failure',
    means: 'No loss term is active in an epoch',
    fix: 'add a plugin that brings one, or change weights that are 0',
  },
  KDX_TERM_FAILED: {
    exit: 'failure',
    means: "A term's `compute` threw",
    fix: "see the cause; report it to the plugin's author",
  },
  KDX_TERM_SHAPE: {
    exit: 'failure',
    means: 'A term gave no scalar',
    fix: 'its author: return a scalar tensor, synchronously',
  },
  KDX_TERM_WEIGHT: {
    exit: 'failure',
    means: 'A weight, balance or learning rate of a plugin is not a finite number at some time',
    fix: 'its author: a number for every epoch',
  },
  KDX_OPTIMIZER_FAILED: {
    exit: 'failure',
    means: "A plugin's optimiser threw, or is asynchronous",
    fix: 'see the cause; report it to its author',
  },
  KDX_HOOK_UNKNOWN: {
    exit: 'usage',
    means: 'A plugin hooks a name that is no hook',
    fix: 'take one of those listed',
  },
  KDX_HOOK_FAILED: {
    exit: 'failure',
    means: 'A hook threw; of the hook `event`, which observes, a warning',
    fix: "see the cause; report it to the plugin's author",
  },
  KDX_HOOK_HANGS: {
    exit: 'failure',
    means: 'A hook did not settle in time',
    fix: 'look for a promise that is never resolved, or `--set hookTimeout=SECONDS`',
  },
  KDX_HOOK_ASYNC: {
    exit: 'failure',
    means: 'A hook of the gradient tape gave a promise',
    fix: 'its author: make it synchronous',
  },
  KDX_HOOK_RESULT: {
    exit: 'failure',
    means: 'A hook gave something else than it must, or returned what it should have put into what it gets',
    fix: 'its author: what the sentence says',
  },
  KDX_HOOK_SLOW: {
    exit: 'warning',
    means: 'One call took over 10 s, or hooks over a quarter of an epoch',
    fix: 'make that plugin quicker, or leave it out',
  },
  KDX_OBSERVER_FAILED: {
    exit: 'warning',
    means: 'An observer of events threw; the run goes on without it',
    fix: 'its author',
  },
  KDX_RUN_MISSING: {
    exit: 'usage',
    means: 'The folder holds no run, or there is no unfinished one',
    fix: "name a run's folder",
  },
  KDX_RUN_EXISTS: {
    exit: 'usage',
    means: 'The folder already holds a run',
    fix: '`--resume` it, or choose another `--out`',
  },
  KDX_RUN_BUSY: {
    exit: 'usage',
    means:
      'Another process is writing this run, comparison or pool, or may be: the [lock](shared-files.md#locks) is of a machine that this one cannot ask',
    fix: 'wait for it, stop it, or choose another `--out`; delete the lock file that the sentence names only if its process has ended',
  },
  KDX_RUN_LOST: {
    exit: 'failure',
    means:
      'Another machine took the folder over while this process was stopped, or its lock file was deleted',
    fix: 'let the other process run; its result is the same',
  },
  KDX_RUN_BROKEN: {
    exit: 'usage',
    means: 'A file of the run is not what kdx wrote, or its `config.json` is missing',
    fix: 'restore it, or start a new run with `--out`',
  },
  KDX_PLUGIN_STATE: {
    exit: 'usage',
    means: "A plugin's state does not survive JSON",
    fix: 'its author: plain objects, arrays, strings, finite numbers',
  },
  KDX_CACHE_DIRECTORY: {
    exit: 'usage',
    means: "The cache's folder cannot be made",
    fix: 'another `--teacher-cache DIR`, or leave it out',
  },
  KDX_CACHE_OFF: {
    exit: 'warning',
    means: 'Reading, writing or the comparison with a forward failed; the run goes on without a cache',
    fix: 'see why in the sentence; delete the folder if it is broken',
  },
  KDX_CACHE_DAMAGED: {
    exit: 'warning',
    means: 'Records are not what was written, as after a power cut; they are computed again',
    fix: 'nothing',
  },
  KDX_CACHE_FILE: {
    exit: 'warning',
    means: 'A file of the cache cannot be read or written (told by `KDX_CACHE_OFF`)',
    fix: 'check disk and permissions',
  },
  KDX_CACHE_KEY: {
    exit: 'warning',
    means: 'A folder of the cache is not that of its key (told by `KDX_CACHE_OFF`)',
    fix: 'remove that folder',
  },
  KDX_DATA_SHAPE: {
    exit: 'usage',
    means:
      'A data source of your own lacks a field or has one of another kind, or arrays do not have the length that their shape says',
    fix: 'what the sentence says; check `imageSize` and the arrays',
  },
  KDX_INJECT_EARLY: {
    exit: 'usage',
    means: 'A plugin injects a service that the run makes later',
    fix: 'call `ctx.inject()` in a hook, such as `fitStart`',
  },
  KDX_INJECT_MISSING: {
    exit: 'usage',
    means: 'A plugin injects a service that nothing in this run provides',
    fix: 'add the plugin that provides it to `--plugins`',
  },
  KDX_TASK_MISSING: {
    exit: 'usage',
    means: 'No plugin of the run brings a task, so nothing says what labels mean and how a student is scored',
    fix: 'add `classification` to `--plugins`, in code `classification()`; a plugin of your own that offers `task` needs a field `task`',
  },
  KDX_TASK_TWICE: {
    exit: 'usage',
    means: 'Two plugins bring a task, and neither brings the other',
    fix: 'leave one of them out of `--plugins`',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...CORE_ERRORS });

export { didYouMean, isKdxError, KdxError, messageOf } from '@kdx/tensor/errors';
export { commandFault } from './compose/command-fault.js';
export { currentPlugin } from './plugin-scope.js';
