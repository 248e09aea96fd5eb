import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What draws the plots of a page, as text that goes into it, so that the page needs nothing else. */
export type ChartLibrary = { readonly script: string; readonly style: string };

/** Reads the chart library (uPlot, MIT), and what uses it in the page: draw.js. */
export async function readChartLibrary(): Promise<ChartLibrary> {
  const require = createRequire(import.meta.url);
  const [library, style, draw] = await Promise.all([
    readFile(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
    readFile(require.resolve('uplot/dist/uPlot.min.css'), 'utf8'),
    readFile(new URL('draw.js', import.meta.url), 'utf8'),
  ]);
  return { script: `${library}\n${draw}`, style };
}
