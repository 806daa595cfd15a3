/**
 * Okabe and Ito's colours, as in the charts of `kdx attention`, which the colour-blind can tell apart. The last one is the
 * ink of the page: black on white, white on black.
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;
/** The same hues, lighter where they would sink into a dark page. */
const ON_DARK = ['#3d9bdc', '#f07f35', '#1fbf92', '#dd93bb', '#f0b72f', '#8accf5'] as const;
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** How the line of the k-th run looks; after seven colours come dashes. */
export function lineLook(place: number): { readonly colour: string; readonly dash: readonly number[] } {
  const colours = [...(isDark() ? ON_DARK : COLOURS), ink()];
  const round = Math.floor(place / colours.length);
  return { colour: colours[place % colours.length], dash: DASHES[round % DASHES.length] };
}

const dark = matchMedia('(prefers-color-scheme: dark)');

export const isDark = (): boolean => {
  const { theme } = document.documentElement.dataset;
  return theme === undefined ? dark.matches : theme === 'dark';
};

const variable = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const ink = (): string => variable('--ink');
export const faint = (): string => variable('--faint');
export const rule = (): string => variable('--rule');
export const paper = (): string => variable('--paper');

/** One hue from the page's ground to where it is strongest: light and dark tell it, so any eye can. */
export const ramp = (): readonly string[] =>
  isDark()
    ? ['#14202c', '#11456b', '#1d73ad', '#4fa8e0', '#a8d8ff', '#f2faff']
    : ['#eef5fb', '#bfdcf0', '#79b8e0', '#2f86c1', '#0b5590', '#052a4d'];

const KEY = 'kdx-theme';

/** Goes over to the other of dark and light, and remembers it where the browser lets it. */
export function toggleTheme(): void {
  setTheme(isDark() ? 'light' : 'dark');
  try {
    localStorage.setItem(KEY, isDark() ? 'dark' : 'light');
  } catch {
    // Pages from disk may have no memory; the choice then holds until the page is closed.
  }
}

/** Applies what was chosen before, and calls back whenever dark becomes light or the other way. */
export function followTheme(changed: () => void): void {
  try {
    const chosen = localStorage.getItem(KEY);
    if (chosen === 'dark' || chosen === 'light') setTheme(chosen);
  } catch {
    // As above.
  }
  dark.addEventListener('change', changed);
}

const setTheme = (theme: 'dark' | 'light'): void => {
  document.documentElement.dataset.theme = theme;
};
