import { accuracy } from './accuracy';
import { armsTable } from './arms-table';
import { attention } from './attention';
import { confusion } from './confusion';
import { losses, pace } from './curves';
import { differences } from './differences';
import { h } from './dom';
import { grouping } from './grouping';
import { updateGuarded } from './guarded';
import { header } from './header';
import { legend } from './legend';
import { listen } from './live';
import { merge } from './merge';
import { offNote } from './off-note';
import type { PageData } from './page-data';
import { pools } from './pools';
import { runDetails } from './run-details';
import { runsTable } from './runs-table';
import { firstState, type Part } from './state';
import { followTheme } from './theme';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as PageData;
const state = firstState(data);
const redraw = (): void => {
  for (const part of parts) updateGuarded(part, state);
};
const top = header(redraw);
const parts: readonly Part[] = [
  top,
  legend(redraw),
  grouping(redraw),
  offNote(),
  armsTable(redraw),
  runsTable(redraw),
  accuracy(redraw),
  losses(redraw),
  pace(),
  confusion(redraw),
  attention(),
  pools(),
  differences(),
  runDetails(),
];
document
  .getElementById('page')
  ?.append(
    ...parts.map(({ element }) => element),
    h(
      'footer',
      {},
      h(
        'p',
        { class: 'note' },
        'Charts by Apache ECharts, inside this page. Ctrl and the wheel zoom into a chart.',
      ),
    ),
  );
// A chart can be drawn in the page only: outside it has no size.
followTheme(redraw);
redraw();

const { live, version } = document.body.dataset;
if (live === 'true') {
  listen({
    version: Number(version),
    onUpdate: (update) => {
      state.data = merge(state.data, update);
      redraw();
    },
    onStatus: top.say,
  });
}
