import { get } from 'node:http';

export type ProbeResult = { readonly isReady: boolean; readonly missing: readonly string[] };

const probeTimeoutMs = 1_000;
const answerMax = 64 * 1024;

/**
 * Asks an instance whether it is ready: 200 says yes; any other answer says no, and its body what is missing. Never
 * throws: an instance that cannot be asked is not ready.
 */
export function probe(url: string): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const notReady = (...missing: string[]) => resolve({ isReady: false, missing });
    const request = get(url, { agent: false, timeout: probeTimeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body = (body + part).slice(0, answerMax);
      });
      response.on('error', () => notReady('the answer to its probe broke off'));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ isReady: true, missing: [] });
        else notReady(...reasonsIn(body, response.statusCode ?? 0));
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${probeTimeoutMs} ms`)));
    request.on('error', (error: NodeJS.ErrnoException) =>
      notReady(error.code === 'ECONNREFUSED' ? 'it does not listen yet' : error.message),
    );
  });
}

/** Our services name `missing` parts, nats-server an `error`; others say nothing that helps. */
function reasonsIn(body: string, statusCode: number): readonly string[] {
  const fallback = [`its probe answers ${statusCode}`];
  try {
    const answer = JSON.parse(body) as { readonly missing?: unknown; readonly error?: unknown };
    if (Array.isArray(answer.missing)) return answer.missing.map(String);
    return typeof answer.error === 'string' ? [answer.error] : fallback;
  } catch {
    return fallback;
  }
}
