/** How pictures look: a dark card of its own on any theme, the Okabe-Ito colours, text that is legible on a phone. */

/** Units across; Discord shows a picture about so many points wide on a phone. */
export const WIDTH = 400;
/** Pixels a unit: sharp on a phone's screen. */
export const ZOOM = 3;
export const MARGIN = 14;
export const FAMILY = 'Inter';

/** The least is still read at the width of a phone. */
export const SIZE = { title: 17, text: 12, small: 11 } as const;

export const INK = {
  card: '#20222b',
  edge: '#3d4150',
  strong: '#ffffff',
  text: '#e3e5ea',
  faint: '#b3b8c4',
  grid: '#383c4a',
} as const;

/**
 * Okabe and Ito's palette, told apart by people with any kind of colour vision, and of different lightness besides.
 * `blue` is lighter than theirs, which is too dark for this card.
 */
export const COLOUR = {
  orange: '#e69f00',
  sky: '#56b4e9',
  green: '#009e73',
  yellow: '#f0e442',
  blue: '#4a90d9',
  vermilion: '#f0733b',
  purple: '#cc79a7',
  grey: '#8b90a0',
} as const;
