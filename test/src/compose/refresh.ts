import { outcomeOf, pluginPackages, STUDENTS, type StudentKind, singlesAndPairs } from './compositions.js';
import { sectionOf, titleOf, writeSections } from './snapshot.js';

const packages = await pluginPackages();
for (const kind of Object.keys(STUDENTS) as StudentKind[]) {
  const sections = new Map<string, string>();
  for (const folders of singlesAndPairs(packages.map(({ folder }) => folder))) {
    sections.set(titleOf(folders), sectionOf(await outcomeOf(kind, folders, packages)));
  }
  writeSections(kind, sections);
  console.log(`${kind}: ${sections.size} compositions`);
}
