/** Draws a picture as SVG and makes a PNG of it. Takes tens of milliseconds: for the painter's thread, not for audio's. */
import { Resvg } from '@resvg/resvg-js';
import { altText } from './alt.ts';
import { FONT_FILES } from './font.ts';
import { historySvg } from './history-picture.ts';
import { FAMILY, ZOOM } from './look.ts';
import { comparisonSvg, percentileSvg } from './percentile-picture.ts';
import type { Picture, Subject } from './picture.ts';
import { waterfallSvg } from './waterfall-picture.ts';

export function draw(subject: Subject): Picture {
  const font = { loadSystemFonts: false, fontFiles: [...FONT_FILES], defaultFontFamily: FAMILY };
  const image = new Resvg(svgOf(subject), { font, fitTo: { mode: 'zoom', value: ZOOM } }).render();
  return { png: new Uint8Array(image.asPng()), alt: altText(subject) };
}

function svgOf(subject: Subject): string {
  const { budgetMs } = subject;
  switch (subject.ask) {
    case 'waterfall':
      return waterfallSvg(subject.record, budgetMs);
    case 'percentiles':
      return percentileSvg(subject.summary, budgetMs, subject.over);
    case 'comparison':
      return comparisonSvg(subject.groups, budgetMs, subject.over);
    case 'history':
      return historySvg(subject.points, subject.span, budgetMs, subject.over);
  }
}
