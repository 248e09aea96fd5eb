/** Renews the page in place while somebody looks at it, and says when it cannot. */
import { createCharts } from './charts.js';
import { renew } from './morph.js';

/** @import { History } from '../model.ts' */
/** @typedef {{ readonly title: string, readonly regions: Readonly<Record<string, string>>, readonly history: History | null }} News */

const everyMs = 5_000;
const timeoutMs = 8_000;

const charts = createCharts();
const connection = /** @type {HTMLElement} */ (document.getElementById('connection'));
const pause = /** @type {HTMLButtonElement} */ (document.getElementById('pause'));
let renewedAt = new Date();
let isPaused = false;
let isAsking = false;

/** @param {Date} date */
const clock = (date) => date.toISOString().slice(11, 19);

/** @param {string} text @param {boolean} isTrouble */
function say(text, isTrouble) {
  connection.hidden = false;
  // Written only when it changes.
  if (connection.textContent !== text) connection.textContent = text;
  connection.classList.toggle('trouble', isTrouble);
  document.body.classList.toggle('stale', isTrouble);
}

/** @returns {Promise<News>} */
async function ask() {
  const response = await fetch(`/live${location.search}`, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return response.json();
}

async function renewAll() {
  if (isAsking || isPaused || document.hidden) return;
  isAsking = true;
  try {
    const { title, regions, history } = await ask();
    // Somebody has said meanwhile that the page shall stand still.
    if (isPaused) return;
    for (const [id, html] of Object.entries(regions)) {
      const region = document.getElementById(id);
      if (region !== null) renew(region, html);
    }
    document.title = title;
    charts.show(history);
    renewedAt = new Date();
    say('Live, every 5 s', false);
  } catch {
    if (isPaused) return;
    say(`The server of this page does not answer. What you see is of ${clock(renewedAt)} UTC.`, true);
  } finally {
    isAsking = false;
  }
}

charts.show(JSON.parse(document.getElementById('chart-data')?.textContent ?? 'null'));
say('Live, every 5 s', false);
pause.hidden = false;
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  if (isPaused) say(`Paused: what you see is of ${clock(renewedAt)} UTC.`, false);
  else void renewAll();
});
document.addEventListener('visibilitychange', () => void renewAll());
// The page was drawn with what was known at once; what was still being asked for is there a moment later.
void renewAll();
setInterval(() => void renewAll(), everyMs);
