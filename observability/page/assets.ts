import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A file that pages load, as it is sent. */
export type Asset = { readonly type: string; readonly body: string; readonly etag: string };

/** One sheet in the end; later ones build on earlier ones. */
const styles = ['frame.css', 'page.css', 'charts.css', 'trace.css'];

/**
 * Reads what pages load: their own scripts and style as they lie in `browser/`, which is what is checked and what runs, and
 * the chart library (uPlot, MIT).
 *
 * @returns by name: `page.css`
 */
export async function readAssets(): Promise<ReadonlyMap<string, Asset>> {
  const require = createRequire(import.meta.url);
  const own = (name: string) => readFile(new URL(`browser/${name}`, import.meta.url), 'utf8');
  const library = (name: string) => readFile(require.resolve(`uplot/dist/${name}`), 'utf8');
  const script = 'text/javascript; charset=utf-8';
  const files: readonly (readonly [name: string, type: string, parts: readonly Promise<string>[]])[] = [
    ['page.css', 'text/css; charset=utf-8', [library('uPlot.min.css'), ...styles.map(own)]],
    ['uplot.js', script, [library('uPlot.iife.min.js')]],
    ['theme.js', script, [own('theme.js')]],
    ['live.js', script, [own('live.js')]],
    ['charts.js', script, [own('charts.js')]],
    ['morph.js', script, [own('morph.js')]],
    ['icon.svg', 'image/svg+xml', [own('icon.svg')]],
  ];
  return new Map(
    await Promise.all(
      files.map(async ([name, type, parts]): Promise<[string, Asset]> => {
        const body = (await Promise.all(parts)).join('\n');
        const digest = createHash('sha256').update(body).digest('base64url').slice(0, 20);
        return [name, { type, body, etag: `"${digest}"` }];
      }),
    ),
  );
}
