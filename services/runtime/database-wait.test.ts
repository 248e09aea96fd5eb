import { metrics } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createDatabaseWait } from './database-wait.ts';

test('adds up what was waited, and nothing less than nothing', () => {
  const wait = createDatabaseWait(metrics.getMeter('test'), 'ledger');
  for (const ms of [3, 400, -1]) wait.record(ms);
  expect(wait.waits()).toEqual({ changes: 3, waitedMs: 403, longWaits: 1 });
});
