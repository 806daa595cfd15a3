import type { PluginFactory } from '@kdx/core';
import { csv } from '@kdx/plugin-csv';
import { tensorboard } from '@kdx/plugin-tensorboard';
import test from 'ava';
import {
  type Outcome,
  outcomeOf,
  pluginPackages,
  STUDENTS,
  type StudentKind,
  singlesAndPairs,
} from './compositions.js';
import { REFRESH, readSections, sectionOf, titleOf } from './snapshot.js';

const packages = await pluginPackages();
const names = packages.map(({ folder }) => folder);
const observers = [
  { folder: 'csv', factory: csv as PluginFactory },
  { folder: 'tensorboard', factory: tensorboard as PluginFactory },
];

/** Without the list of plugins, which says who observes. */
const withoutPlugins = (outcome: Outcome): unknown =>
  'refused' in outcome ? outcome : { ...outcome.explanation, plugins: undefined };

for (const kind of Object.keys(STUDENTS) as StudentKind[]) {
  const snapshot = readSections(kind);
  for (const folders of singlesAndPairs(names)) {
    const title = titleOf(folders);
    test(`${title} on a ${kind} student is explained, or refused, as it was`, async (t) => {
      const section = snapshot.get(title);
      if (section === undefined) {
        t.fail(
          `There is no snapshot of ${title} on a ${kind} student yet; look at what this writes: ${REFRESH}`,
        );
        return;
      }
      t.is(
        sectionOf(await outcomeOf(kind, folders, packages)),
        section,
        `Where this change is meant, renew the snapshots: ${REFRESH}`,
      );
    });
    if (folders.length < 2) continue;
    test(`${title} on a ${kind} student does not depend on the order of naming`, async (t) => {
      const reversed = [...folders].reverse();
      t.deepEqual(await outcomeOf(kind, reversed, packages), await outcomeOf(kind, folders, packages));
    });
  }

  test(`observers change nothing of what any method does to a ${kind} student`, async (t) => {
    for (const folders of [[], ...names.map((name) => [name])]) {
      const [plain, observed] = await Promise.all([
        outcomeOf(kind, folders, packages),
        outcomeOf(kind, [...folders, ...observers.map(({ folder }) => folder)], [...packages, ...observers]),
      ]);
      t.deepEqual(withoutPlugins(observed), withoutPlugins(plain), titleOf(folders));
    }
  });

  test(`the ${kind} snapshot has nothing of plugins that are gone`, (t) => {
    t.deepEqual([...snapshot.keys()], singlesAndPairs(names).map(titleOf), REFRESH);
  });
}

test('every plugin in the folder is one of those that kdx would load, by a default export', (t) => {
  t.true(packages.length >= 2);
  for (const { folder, factory } of packages) t.is(factory.definition.name, folder);
});
