import test from 'ava';
import { z } from 'zod';
import { definePlugin, type Plugin, type PluginFactory } from '../index.js';
import { resolvePlugins } from '../run.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { code, plugin, task, tinyRun } from '../train/tiny-run.test.helper.js';

const schema = z.strictObject({ x: z.number().default(0), use: z.any().optional() });
type Options = z.output<typeof schema>;
const make = (name: string, brings?: (options: Options) => readonly Plugin[]): PluginFactory<typeof schema> =>
  definePlugin({
    name,
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: name,
    options: schema,
    brings,
    setup: () => {},
  });

const names = (...given: Parameters<typeof resolvePlugins>[0]) =>
  resolvePlugins(given).ordered.map(({ definition }) => definition.name);
const optionsOf = (name: string, ...given: Plugin[]) =>
  resolvePlugins(given).ordered.find(({ definition }) => definition.name === name)?.options as Options;

const base = make('base');
const withBase = (name: string, x?: number) => make(name, () => [x === undefined ? base() : base({ x })]);

test('what is brought comes before what brings it, and the rest by name, however they are named', (t) => {
  const zeta = make('zeta');
  const alpha = make('alpha', () => [zeta()]);
  const middle = make('middle');
  t.deepEqual(names(alpha(), middle()), ['zeta', 'alpha', 'middle']);
  t.deepEqual(names(middle(), alpha()), ['zeta', 'alpha', 'middle']);
  t.deepEqual(names(zeta(), middle(), alpha()), ['zeta', 'alpha', 'middle']);
});

test('falsy entries are ignored, among those given and those brought', (t) => {
  t.deepEqual(names(false, null, undefined, '', base()), ['base']);
  const maybe = make('maybe', () => [false as unknown as Plugin, base()]);
  t.deepEqual(names(maybe()), ['base', 'maybe']);
});

test('bringing twice what is the same is bringing once', (t) => {
  t.deepEqual(names(withBase('a', 1)(), withBase('b', 1)()), ['base', 'a', 'b']);
  t.is(optionsOf('base', withBase('a', 1)(), withBase('b', 1)()).x, 1);
  t.is(optionsOf('base', withBase('a')(), withBase('b', 1)()).x, 1, 'defaults give way');
  t.is(optionsOf('base', withBase('a', 1)(), withBase('b')()).x, 1);
});

test("the user's own options win over brought ones; a bare name gives way to them", (t) => {
  const a = withBase('a', 1);
  t.is(optionsOf('base', a(), base({ x: 5 })).x, 5);
  t.is(optionsOf('base', base({ x: 5 }), a(), withBase('b', 2)()).x, 5, 'and settle a conflict');
  t.is(optionsOf('base', base(), a()).x, 1, 'naming it again changes nothing');
  t.is(optionsOf('base', base({ x: 0 }), a()).x, 0, 'defaults that are said are options');
});

test('conflicting brought options are refused, with a bare name beside them too', (t) => {
  for (const given of [[], [base()]]) {
    const error = t.throws(() => resolvePlugins([withBase('a', 1)(), withBase('b', 2)(), ...given]));
    t.is(code(error), 'KDX_PLUGIN_TWICE');
    t.regex(error.message, /"a" and "b" bring "base".*name "base" yourself/);
  }
});

test('options are compared by what they are, functions included', (t) => {
  const f = () => 1;
  const using = (name: string, use: unknown) => make(name, () => [base({ use })])();
  t.notThrows(() => resolvePlugins([using('a', f), using('b', f)]));
  t.throws(() => resolvePlugins([using('a', f), using('b', () => 2)]), { message: /different options/ });
});

test('a plugin named twice with different options is refused, with equal ones it is one', (t) => {
  t.deepEqual(names(base({ x: 1 }), base({ x: 1 })), ['base']);
  t.is(code(t.throws(() => resolvePlugins([base({ x: 1 }), base({ x: 2 })]))), 'KDX_PLUGIN_TWICE');
});

test('what is brought brings in turn', (t) => {
  const middle = make('middle', () => [base({ x: 3 })]);
  const top = make('top', () => [middle()]);
  const set = resolvePlugins([top()]);
  t.deepEqual(
    set.ordered.map(({ definition }) => definition.name),
    ['base', 'middle', 'top'],
  );
  t.true(set.brings('top', 'base'));
  t.false(set.brings('base', 'top'));
  t.deepEqual(set.broughtBy('base'), ['middle']);
  t.deepEqual([...set.named], ['top']);
  t.is(set.told('top'), '"top"');
  t.is(set.told('base'), '"base" (brought by "top")');
  t.is(resolvePlugins([top(), middle()]).told('base'), '"base" (brought by "middle")');
});

test('what only a replaced variant brought is not part of the run', (t) => {
  const extra = make('extra');
  const chooser = make('chooser', ({ x }) => (x === 0 ? [extra()] : []));
  const a = make('a', () => [chooser()]);
  const b = make('b', () => [chooser({ x: 1 })]);
  t.deepEqual(names(a(), b()), ['chooser', 'a', 'b']);
  t.deepEqual(names(a()), ['extra', 'chooser', 'a']);
});

test('a circle is refused', (t) => {
  const a: PluginFactory<typeof schema> = make('a', () => [b()]);
  const b: PluginFactory<typeof schema> = make('b', () => [a()]);
  const error = t.throws(() => resolvePlugins([a()]));
  t.is(code(error), 'KDX_PLUGIN_BRINGS');
});

test('a factory that was not called is told so by its name', (t) => {
  const error = t.throws(() => resolvePlugins([base as unknown as Plugin]));
  t.is(code(error), 'KDX_PLUGIN_SHAPE');
  t.regex(error.message, /call it: base\(\)/);
  const brought = t.throws(() => names(make('a', () => [base as unknown as Plugin])()));
  t.regex(brought.message, /call it: base\(\)/);
  t.is(code(t.throws(() => resolvePlugins([{} as Plugin]))), 'KDX_PLUGIN_SHAPE');
});

test('a plugin of another API version, or of none, is refused', (t) => {
  const error = t.throws(() => resolvePlugins([plugin('old', { kdx: '^0.3.0' })]));
  t.is(code(error), 'KDX_PLUGIN_VERSION');
  t.regex(error.message, /"old" 1\.0\.0 was written for plugin API \^0\.3\.0 and this kdx has/);
  t.regex(t.throws(() => resolvePlugins([plugin('odd', { kdx: 'soon' })])).message, /not a semver range/);
});

test('definePlugin says what is missing, and which option is wrong', (t) => {
  const shapeless = t.throws(() => definePlugin({ name: 'x', version: '1', options: schema } as never));
  t.is(code(shapeless), 'KDX_PLUGIN_SHAPE');
  t.regex(shapeless.message, /"x" has no kdx/);
  const wrong = t.throws(() => base({ x: 'one' } as never));
  t.is(code(wrong), 'KDX_PLUGIN_OPTIONS');
  t.regex(wrong.message, /"base".*x: .*number/);
  t.regex(t.throws(() => base({ y: 1 } as never)).message, /"y"/);
});

/** As a plugin that was loaded by its name. */
const from = (file: string, made: Plugin): Plugin => ({ ...made, file }) as Plugin;
const refusal = (...given: Plugin[]): string => {
  const error = thrownBy(() => resolvePlugins(given));
  return `${code(error)} ${error.message}`;
};
function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test('two different plugins of one name are refused with where they come from', (t) => {
  const older = plugin('wave', { version: '1.0.0' });
  const newer = plugin('wave', { version: '2.0.0' });
  t.is(
    refusal(from('/a.js', older), from('/b.js', newer)),
    'KDX_PLUGIN_CLASH Two different plugins are called "wave": 1.0.0 (/a.js) and 2.0.0 (/b.js); leave one of them out of --plugins.',
  );
  t.regex(
    refusal(older, from('/b.js', newer)),
    /^KDX_PLUGIN_CLASH .*1\.0\.0 \(given as an object\) and 2\.0\.0 \(\/b\.js\)/,
  );
  t.regex(
    refusal(from('/a.js', plugin('wave')), from('/b.js', plugin('wave'))),
    /^KDX_PLUGIN_CLASH /,
    'a copy of the file is another plugin, whatever it says of itself',
  );
});

test('a plugin that is brought in another version than is there is refused, a second copy of the same is not', (t) => {
  const wave = plugin('wave', { version: '1.0.0' });
  const copy = () => plugin('wave', { version: '1.0.0' });
  const bringing = (name: string, version: string) =>
    plugin(name, { brings: () => [plugin('wave', { version })] });
  t.is(
    refusal(from('/a.js', wave), bringing('tide', '2.0.0')),
    'KDX_PLUGIN_CLASH Two different plugins are called "wave": 1.0.0 (/a.js) and 2.0.0 (brought by "tide"); install one version of it, or leave out one of the plugins that need it.',
  );
  t.regex(
    refusal(bringing('a', '1.0.0'), bringing('b', '2.0.0')),
    /1\.0\.0 \(brought by "a"\) and 2\.0\.0 \(brought by "b"\)/,
  );
  t.deepEqual(names(from('/a.js', wave), bringing('tide', '1.0.0')), ['wave', 'tide']);
  t.deepEqual(names(wave, copy()), ['wave']);
});

test('what fails while plugins are brought is named after the one that brings', (t) => {
  const failing = (brings: () => readonly Plugin[]) => plugin('tide', { brings });
  t.is(
    refusal(
      failing(() => {
        throw new RangeError('no moon');
      }),
    ),
    'KDX_PLUGIN_FAILED Plugin "tide" failed in brings(): no moon',
  );
  t.regex(
    refusal(failing(() => [base({ x: 'one' } as never)])),
    /^KDX_PLUGIN_OPTIONS Plugin "tide" failed in brings\(\): Plugin "base" got options/,
  );
  t.regex(
    refusal(failing(() => [plugin('old', { kdx: '^9.0.0' })])),
    /^KDX_PLUGIN_VERSION Plugin "old" 1\.0\.0/,
  );
});

test('of several faults the first in the order of checks is told, however the plugins are named', (t) => {
  const faults: readonly [code: string, given: Plugin[]][] = [
    ['KDX_PLUGIN_SHAPE', [{} as Plugin]],
    ['KDX_PLUGIN_VERSION', [plugin('old', { kdx: '^9.0.0' })]],
    ['KDX_PLUGIN_CLASH', [plugin('wave', { version: '1.0.0' }), plugin('wave', { version: '2.0.0' })]],
    ['KDX_PLUGIN_TWICE', [withBase('a', 1)(), withBase('b', 2)()]],
  ];
  for (const [at, [first, one]] of faults.entries()) {
    for (const [, other] of faults.slice(at + 1)) {
      t.is(refusal(...one, ...other).split(' ')[0], first);
      t.is(refusal(...other, ...one).split(' ')[0], first);
    }
  }
});

test('what is brought may depend on the student, where its name is known', async (t) => {
  const seen: (string | undefined)[] = [];
  const choosy = plugin('choosy', {
    brings: (_, { student }) => {
      seen.push(student?.name);
      return student?.supports.includes('distillation-token') ? [base()] : [];
    },
  });
  for (const adaptable of [true, false]) {
    const run = await tinyRun({ plugins: [task(), choosy], student: tiny({ adaptable }) });
    const named = run.composition.plugins.ordered.map(({ definition: { name } }) => name);
    t.is(named.includes('base'), adaptable);
    await run.dispose();
  }
  t.deepEqual(seen, ['tiny', 'tiny']);
  t.deepEqual(names(choosy), ['choosy']);
});
