import { expect, test } from 'vitest';
import { createUsageReader, parseSummary, usageKey } from './stats.ts';

/** As a kubelet answers, but for what is not read. */
const summary = {
  node: { nodeName: 'one' },
  pods: [
    {
      podRef: { name: 'nats-0', namespace: 'stormproof', uid: 'u0' },
      containers: [
        { name: 'nats', cpu: { usageCoreNanoSeconds: 5_000_000 }, memory: { rssBytes: 1_024 } },
        { name: 'broker-reload', cpu: { usageCoreNanoSeconds: 1_000 }, memory: {} },
      ],
    },
    { podRef: { name: 'new', namespace: 'stormproof', uid: 'u1' }, containers: [{ name: 'new' }] },
  ],
};

test('a summary tells of every container that was measured', () => {
  expect(parseSummary(summary)).toEqual(
    new Map([
      [usageKey('u0', 'nats'), { cpuUs: 5_000, rssBytes: 1_024 }],
      [usageKey('u0', 'broker-reload'), { cpuUs: 1, rssBytes: undefined }],
    ]),
  );
});

test('a kubelet is asked no more often than it measures, and not again at once when it refuses', async () => {
  let now = 0;
  const asked: string[] = [];
  const reader = createUsageReader(
    {
      nodeStats: async (node) => {
        asked.push(node);
        if (node === 'closed') throw new Error('forbidden');
        return summary;
      },
    },
    () => now,
  );
  expect((await reader.read(['one', 'closed', 'one'])).size).toBe(2);
  await reader.read(['one', 'closed']);
  expect(asked).toEqual(['one', 'closed']);
  now = 5_000;
  await reader.read(['one']);
  expect(asked).toEqual(['one', 'closed', 'one']);
});
