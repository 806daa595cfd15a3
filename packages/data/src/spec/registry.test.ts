import test from 'ava';
import {
  amount,
  builtInDataSets,
  decimal,
  defineDataSet,
  fromArrays,
  listDataSets,
  resolveData,
  wholeNumber,
} from '../index.js';

const dots = defineDataSet({
  name: 'dots',
  help: 'one grey dot per class',
  source: 'LEVEL',
  options: {
    classes: wholeNumber('how many', 2, 2),
    light: decimal('added to each', 0.1, 0, 1),
    part: amount('how much of it'),
  },
  async open({ name, source, options }) {
    const { classes, light, part } = options;
    const labels = Array.from({ length: classes }, (_, k) => k);
    const images = Float32Array.from(labels, (k) => k / 10 + light);
    const labelNames = labels.map((k) => `${source} ${k} ${part?.value ?? 'all'}${part?.unit ?? ''}`);
    return fromArrays({ name, images, labels, labelNames, imageSize: [1, 1, 1] });
  },
});
const registry = builtInDataSets.with(dots);

const fails = (t: import('ava').ExecutionContext, spec: string, code: string, message: RegExp) =>
  t.throwsAsync(resolveData(spec, registry), { code, message });

test('a data set of one’s own gets its source and its options, parsed, or their defaults', async (t) => {
  const plain = await resolveData('dots:low', registry);
  t.deepEqual(plain.labelNames, ['low 0 all', 'low 1 all']);
  const chosen = await resolveData('dots:a:b?part=12.5%&light=0.3&classes=3', registry);
  t.deepEqual(chosen.labelNames, ['a:b 0 12.5percent', 'a:b 1 12.5percent', 'a:b 2 12.5percent']);
  t.is(chosen.name, 'dots:a:b?classes=3&light=0.3&part=12.5%');
  const image = new Float32Array(1);
  await chosen.train.read(1, image);
  t.is(image[0], Math.fround(0.4));
});

test('the name of what was opened opens the same again', async (t) => {
  const first = await resolveData('shapes?train=12&classes=4&augment=flip,crop(2,reflect)');
  const again = await resolveData(first.name);
  t.is(again.digest, first.digest);
  t.is(again.name, first.name);
  t.deepEqual(
    again.augment.map(({ name }) => name),
    ['flip(0.5)', 'crop(2,reflect)'],
  );
});

test('an unknown data set is answered with those there are', async (t) => {
  await fails(
    t,
    'cifar-100:DIR',
    'KDX_DATA_FAMILY',
    /"cifar-100"; kdx knows cifar100, cifar10, .*Did you mean "cifar100"/,
  );
  await fails(t, './photos', 'KDX_DATA_FAMILY', /"\.\/photos"/);
  await fails(t, '', 'KDX_DATA_FAMILY', /called ""/);
});

test('an unknown option is answered with those there are', async (t) => {
  await fails(t, 'shapes?nois=0.2', 'KDX_DATA_OPTION', /no option "nois".* Did you mean "noise"\?/);
  await fails(t, 'dots:x?toString=1', 'KDX_DATA_OPTION', /no option "toString"; it has classes, light, part/);
});

test('a value of the wrong kind is answered with the right one', async (t) => {
  await fails(
    t,
    'shapes?train=many',
    'KDX_DATA_OPTION',
    /"train=many" .* must be a whole number of at least 1/,
  );
  await fails(t, 'shapes?train=-5', 'KDX_DATA_OPTION', /whole number/);
  await fails(t, 'shapes?classes=17', 'KDX_DATA_OPTION', /from 2 to 16/);
  await fails(t, 'shapes?noise=1e3', 'KDX_DATA_OPTION', /a number from 0 to 1/);
  for (const part of ['101%', '1.5', '', 'x', '5 %']) {
    await fails(
      t,
      `dots:x?part=${part}`,
      'KDX_DATA_OPTION',
      /a number of images or a percentage such as 10%/,
    );
  }
});

test('a spec must be written as the data set reads it', async (t) => {
  await fails(t, 'pool', 'KDX_DATA_SPEC', /"pool" does not read as pool:DIR/);
  await fails(t, 'cifar100:?train=5', 'KDX_DATA_SPEC', /cifar100:DIR/);
  await fails(t, 'shapes:DIR', 'KDX_DATA_SPEC', /does not read as shapes;/);
  await fails(t, 'shapes?train', 'KDX_DATA_SPEC', /see "train"/);
  await fails(t, 'shapes?seed=1&seed=1', 'KDX_DATA_OPTION', /"seed" stands twice/);
});

test('two data sets cannot share a name', (t) => {
  t.throws(() => registry.with({ ...dots, help: 'others' }), {
    code: 'KDX_DATA_FAMILY',
    message: /Two data sets are called "dots" \("one grey dot per class" and "others"\)/,
  });
});

test('the list tells what the command line needs', (t) => {
  t.deepEqual(
    listDataSets().map(({ usage }) => usage),
    ['cifar100:DIR', 'cifar10:DIR', 'pool:DIR', 'shapes'],
  );
  const [own] = listDataSets(registry).slice(-1);
  t.deepEqual(own, {
    name: 'dots',
    usage: 'dots:LEVEL',
    help: 'one grey dot per class',
    options: [
      { name: 'classes', syntax: 'a whole number of at least 2', help: 'how many', default: '2' },
      { name: 'light', syntax: 'a number from 0 to 1', help: 'added to each', default: '0.1' },
      { name: 'part', syntax: 'a number of images or a percentage such as 10%', help: 'how much of it' },
    ],
  });
  for (const set of listDataSets()) t.true(set.options.every(({ help }) => help.length > 0));
});
