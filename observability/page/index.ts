/**
 * The page that answers "are we keeping our promise?".
 *
 * `questions.ts` has what is asked, `read/` asks Prometheus, Alertmanager, Jaeger and the directory of runs, and `state.ts`
 * keeps what they said, with its age, for all who look. From such a state everything follows without a clock or a
 * socket: `answer.ts` gives the answer in words, `render/` the HTML. `server.ts` serves the page whole; `browser/` renews it in
 * place and draws the charts. How the promises stand is `slo/status`, the same as `stormproof slo status`.
 */
export { isSourceUrl, withoutCredentials } from './config.ts';
export type { Sources } from './model.ts';
export { type PageOptions, type RunningPage, startPage } from './server.ts';
