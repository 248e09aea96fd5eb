import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureTools } from '../tools/index.ts';
import { startDeadLetterPlatform } from './fixtures/dead-letters.ts';
import { ensureSchemathesis } from './fixtures/schemathesis.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const forSeconds = isLong ? 600 : 12;

/**
 * Answers must be declared (so no 500), and of the declared type and shape. Not asked: that whatever fits the schema is taken (a
 * known key with another body is not), that what does not is refused as a whole (a batch refuses order by order), and
 * 405 for methods that are not in the document.
 */
const checks = [
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'missing_required_header',
];

/** The generator cannot build texts for this pattern of Unicode categories; the other one means the same in UTF-8. */
const unsupported = String.raw`^[^\p{Cc}\p{Cs}]{1,64}$`;
const supported = String.raw`^[^\u0000-\u001f\u007f-\u009f]{1,64}$`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-fuzz-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const schemathesis = await ensureSchemathesis(process.env);
if ('missing' in schemathesis) process.stderr.write(`the API is not fuzzed: ${schemathesis.missing}\n`);

async function fuzz(openapi: string, url: string, seconds: number) {
  const file = join(directory, 'openapi.json');
  await writeFile(file, openapi.replaceAll(JSON.stringify(unsupported), JSON.stringify(supported)));
  const seed = Number(process.env.STORMPROOF_SEED ?? Date.now() % 2 ** 32);
  const program = 'program' in schemathesis ? schemathesis.program : '';
  const child = spawn(
    program,
    [
      ...['run', file, '--url', url, '--max-time', String(seconds), '--seed', String(seed)],
      ...[
        '--checks',
        checks.join(','),
        '--no-color',
        '--continue-on-failure',
        '--suppress-health-check',
        'all',
      ],
    ],
    { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = `seed ${seed} (STORMPROOF_SEED=${seed} repeats it)\n`;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output };
}

describe.runIf('program' in schemathesis)('the order API, by its own OpenAPI', () => {
  test(
    'answers whatever is sent as it has declared, and the ledger holds',
    async () => {
      const tools = await ensureTools(['nats-server'], { env: process.env });
      const platform = await startDeadLetterPlatform(tools['nats-server']);
      try {
        await platform.fixture.startPayment();
        const openapi = await (await fetch(`${platform.order.url}/openapi.json`)).text();
        const { exitCode, output } = await fuzz(openapi, platform.order.url, forSeconds);
        process.stderr.write(`${/seed \d+.*/.exec(output)?.[0]}; ${/\d+ generated.*/.exec(output)?.[0]}\n`);
        expect(exitCode, output).toBe(0);
        await platform.untilSettled();
        const ledger = await platform.audit();
        expect(ledger).toMatchObject({ verdict: 'PASS', findings: [], gaps: [] });
        expect(ledger.counts.stored).toBeGreaterThan(0);
      } finally {
        await platform.stop();
      }
    },
    (forSeconds + 180) * 1_000,
  );

  describe('when it is wrong', () => {
    let server: Server;
    beforeAll(async () => {
      // Breaks on what it did not expect, and says so in a status that nobody declared.
      server = createServer((request, response) => {
        request.resume();
        response.writeHead(500, { 'content-type': 'application/json' }).end('{}');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterAll(() => void server.close());

    test('is found out', async () => {
      const openapi = JSON.stringify({
        openapi: '3.1.1',
        info: { title: 'wrong', version: '1' },
        paths: { '/': { get: { responses: { 200: { description: 'always' } } } } },
      });
      const { port } = server.address() as AddressInfo;
      const { exitCode, output } = await fuzz(openapi, `http://127.0.0.1:${port}`, 5);
      expect(exitCode, output).toBe(1);
      expect(output).toContain('Undocumented status code');
    }, 60_000);
  });
});
