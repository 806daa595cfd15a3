import { h } from './dom';
import { time } from './format';
import type { Part, State } from './state';
import { isDark, toggleTheme } from './theme';

export interface Header extends Part {
  /** Says how the connection to the server is. */
  say(status: 'live' | 'lost'): void;
}

/** Title, how many runs, when; the connection of a live page; dark or light. */
export function header(redraw: () => void): Header {
  const about = h('p', { class: 'note' });
  const status = h('span', { class: 'status', role: 'status', id: 'status' });
  const theme = h('button', {
    type: 'button',
    class: 'theme',
    click: () => {
      toggleTheme();
      redraw();
    },
  });
  const notes = h('ul', { class: 'notes' });
  return {
    element: h('header', {}, h('div', { class: 'title' }, h('h1', {}, 'kdx'), about, status, theme), notes),
    update({ data }: State) {
      const { runs } = data;
      const running = runs.filter(({ state }) => state === 'running').length;
      about.textContent = [
        `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}${running > 0 ? `, ${running} going on` : ''}`,
        time(data.written),
        `kdx ${data.kdx}`,
      ].join(' · ');
      theme.textContent = isDark() ? 'Light' : 'Dark';
      theme.setAttribute('aria-label', `${isDark() ? 'Light' : 'Dark'} colours`);
      notes.replaceChildren(...data.notes.map((note) => h('li', {}, note)));
    },
    say(now) {
      status.textContent = now === 'live' ? 'live' : 'connection lost, trying again';
      status.dataset.status = now;
    },
  };
}
