import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabaseWait, createHttpServer, createLog, startTelemetry } from '../runtime/index.ts';
import { addChargeRoutes } from './charges-api.ts';
import { createTally } from './counters.ts';
import { openLedger } from './ledger.ts';
import { createBehaviour } from './profile.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'charges-api-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('tells what was waited for the ledger also where that was in vain', async () => {
  let clockMs = 0;
  const now = () => {
    clockMs += 600;
    return clockMs;
  };
  const telemetry = startTelemetry({ service: 'psp', instance: 'psp-0', endpoint: undefined });
  const behaviour = createBehaviour();
  const ledger = openLedger({ directory, judge: behaviour.judge, nowMs: now });
  const databaseWait = createDatabaseWait(telemetry.meter, 'ledger');
  const server = createHttpServer({ log: createLog({ service: 'psp', instance: 'psp-0' }) });
  addChargeRoutes(server, {
    ...{ ledger, behaviour, databaseWait, telemetry, now },
    tally: createTally(telemetry),
  });
  const other = new DatabaseSync(join(directory, 'ledger.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  try {
    const answer = await server.inject({
      method: 'POST',
      url: '/v1/charges',
      headers: { 'idempotency-key': 'a' },
      payload: { order_id: 'order-a', amount_minor: 5, currency: 'EUR' },
    });
    expect(answer.statusCode).toBe(503);
    expect(databaseWait.waits()).toMatchObject({ changes: 1, longWaits: 1 });
  } finally {
    other.close();
    await server.close();
    ledger.close();
    await telemetry.shutdown();
  }
});
