/**
 * The page that answers "are we keeping our promise?".
 *
 * `questions.ts` has what is asked, `read/` asks Prometheus, Alertmanager, Jaeger and the directory of runs, and `state.ts`
 * keeps what they said, with its age, for all who look. From such a state everything follows without a clock or a
 * socket: `answer.ts` gives the answer in words, `render/` the HTML. `server.ts` serves the page whole; `browser/` renews it in
 * place and draws the charts. `journey/` finds the way of an order: its trace, or what the streams know of one that has none. How
 */
export { isSourceUrl, withoutCredentials } from './config.ts';
export { findOrder, type OrderSearch } from './journey/find.ts';
export type { Sources } from './model.ts';
export { formatSeconds, formatTime } from './render/format.ts';
export { type PageOptions, type RunningPage, startPage } from './server.ts';
export type { Row, Waterfall } from './waterfall.ts';
