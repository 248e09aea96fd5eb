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
import { enduredSeconds, expectNoGrowth, watchEndurance } from './fixtures/endurance.ts';
import { ensureSchemathesis } from './fixtures/schemathesis.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const forSeconds = enduredSeconds(12);

/**
 * Answers must be declared, of the declared type and shape, and no server error but those that promise something. What does not
 * fit the schema is refused, but for a batch, which refuses order by order. What fits it is taken, or is no order that is known, or a
 * key that is known with another body. Not asked: 405 for methods that are not in the document.
 */
const settings = `
[checks]
enabled = false
status_code_conformance.enabled = true
content_type_conformance.enabled = true
response_headers_conformance.enabled = true
response_schema_conformance.enabled = true
missing_required_header.enabled = true
not_a_server_error = { enabled = true, expected-statuses = ["2xx", "4xx", "503", "504"] }
positive_data_acceptance = { enabled = true, expected-statuses = ["2xx", "404", "422", "503", "504"] }
negative_data_rejection = { enabled = true, expected-statuses = ["400", "404", "413", "415", "422", "431", "503"] }

[[operations]]
include-name = "POST /v1/orders/batch"
checks.negative_data_rejection.enabled = false
`;

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
  const config = join(directory, 'schemathesis.toml');
  await writeFile(config, settings);
  const child = spawn(
    program,
    [
      ...['--config-file', config, 'run', file, '--url', url, '--max-time', String(seconds)],
      ...['--seed', String(seed), '--no-color', '--continue-on-failure', '--suppress-health-check', 'all'],
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
        const endurance = watchEndurance(platform.processes());
        const { exitCode, output } = await fuzz(openapi, platform.order.url, forSeconds);
        endurance.stop();
        const figures = [/seed \d+.*/, /\d+ generated.*/].map((figure) => figure.exec(output)?.[0]);
        process.stderr.write(`${figures.join('; ')}\n`);
        expect(exitCode, output).toBe(0);
        expect(endurance.gone()).toEqual([]);
        if (isLong) expectNoGrowth(endurance);
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
    const statuses = { taken: 200, refused: 400, broken: 500 };
    /** What it answers, whatever it is asked. */
    let status = statuses.taken;
    let server: Server;
    beforeAll(async () => {
      server = createServer((request, response) => {
        request.resume();
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterAll(() => void server.close());

    test.each([
      ['breaks, in a status that nobody declared', statuses.broken, [], 'Undocumented status code'],
      ['breaks, though it says so in its document', statuses.broken, [500], 'Server error'],
      ['takes whatever comes', statuses.taken, [], 'Schema-violating request accepted'],
      ['refuses whatever comes', statuses.refused, [400], 'Schema-valid request rejected'],
    ])(
      'it %s, and is found out',
      async (_, always, declared, told) => {
        status = always;
        const responses = Object.fromEntries([200, ...declared].map((code) => [code, { description: 'so' }]));
        const schema = { type: 'integer', minimum: 1 };
        const get = { parameters: [{ name: 'n', in: 'query', required: true, schema }], responses };
        const openapi = { openapi: '3.1.1', info: { title: 'wrong', version: '1' }, paths: { '/': { get } } };
        const { port } = server.address() as AddressInfo;
        const { exitCode, output } = await fuzz(JSON.stringify(openapi), `http://127.0.0.1:${port}`, 2);
        expect(exitCode, output).toBe(1);
        expect(output).toContain(told);
      },
      60_000,
    );
  });
});
