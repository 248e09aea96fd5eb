import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** The page as a pod starts it; its first line, and how it ends when it is told to. */
function start(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const firstOf = async (stream: NodeJS.ReadableStream) => {
    const [text] = (await once(stream, 'data')) as [Buffer];
    return JSON.parse(String(text)) as { readonly url: string; readonly problems: readonly string[] };
  };
  return { child, firstOf };
}

/** The status that a browser gets which takes this address for another site's. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const asked = get(`${url}/livez`, { headers: { host } });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

it('serves the page and its probe, and ends in order on SIGTERM', async () => {
  const { child, firstOf } = start({
    STORMPROOF_PROMETHEUS_URL: 'http://127.0.0.1:59999',
    STORMPROOF_PAGE_LISTEN: '127.0.0.1:0',
  });
  const { url } = await firstOf(child.stdout);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const answer = await fetch(url);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const text = await answer.text();
  expect(text).toContain('knows no directory of runs');
  expect(text).toContain('/runbooks/breaker-open');
  expect(await statusFor(url, 'localhost')).toBe(200);
  expect(await statusFor(url, 'rebound.example')).toBe(421);
  expect((await fetch(`${url}/assets/main.ts`)).status).toBe(404);
  expect((await fetch(`${url}/runbooks/..%2f..%2fpackage`)).status).toBe(404);
  const script = await fetch(`${url}/assets/live.js`);
  const etag = script.headers.get('etag') ?? '';
  expect((await fetch(`${url}/assets/live.js`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('is read by nobody who calls it by another name, wherever it listens', async () => {
  const { child, firstOf } = start({
    STORMPROOF_PROMETHEUS_URL: 'http://127.0.0.1:59999',
    STORMPROOF_PAGE_LISTEN: '0.0.0.0:0',
    STORMPROOF_PAGE_HOSTS: 'promises.example',
  });
  const { url } = await firstOf(child.stdout);
  for (const host of ['localhost:8080', '10.1.2.3:8080', '[::1]:8080', 'promises.example'])
    expect(await statusFor(url, host), host).toBe(200);
  expect(await statusFor(url, 'rebound.example')).toBe(421);
  child.kill('SIGTERM');
  await once(child, 'exit');
});

it('says what it lacks, and does not start', async () => {
  const { child, firstOf } = start({});
  const [{ problems }, [code]] = await Promise.all([firstOf(child.stderr), once(child, 'exit')]);
  expect(problems).toEqual(['STORMPROOF_PROMETHEUS_URL: missing, expected an http(s) URL']);
  expect(code).toBe(2);
});
