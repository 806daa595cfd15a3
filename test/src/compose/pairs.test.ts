import test from 'ava';
import { outcomeOf, pluginPackages, STUDENTS, type StudentKind, singlesAndPairs } from './compositions.js';
import { REFRESH, readSections, sectionOf, titleOf } from './snapshot.js';

const packages = await pluginPackages();
const names = packages.map(({ folder }) => folder);

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

  test(`the ${kind} snapshot has nothing of plugins that are gone`, (t) => {
    t.deepEqual([...snapshot.keys()], singlesAndPairs(names).map(titleOf), REFRESH);
  });
}

test('every plugin in the folder is one of those that kdx would load, by a default export', (t) => {
  t.true(packages.length >= 2);
  for (const { folder, factory } of packages) t.is(factory.definition.name, folder);
});
