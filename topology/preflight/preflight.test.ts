import { describe, expect, test } from 'vitest';
import type { Topology } from '../model.ts';
import { platform } from '../platform.ts';
import { preflight } from './preflight.ts';
import { rules } from './rules.ts';

const [firstStream, ...otherStreams] = platform.streams;
const [firstConsumer, ...otherConsumers] = platform.consumers;
const [firstEdge, ...otherEdges] = platform.edges;
if (firstStream === undefined || firstConsumer === undefined || firstEdge === undefined) {
  throw new Error('the platform has streams, consumers and edges');
}

function withStream(change: Partial<Topology['streams'][number]>): Topology {
  return {
    ...platform,
    streams: [{ ...firstStream, ...change } as typeof firstStream & object, ...otherStreams],
  };
}
const { deadlineMs: _, ...edgeWithoutDeadline } = firstEdge;

/** For each rule a topology that breaks it, and where the finding must point. */
const broken: Readonly<Record<string, { topology: Topology; where: string }>> = {
  'under-replicated': { topology: withStream({ replicas: 1 }), where: 'stream ORDERS' },
  'more-replicas-than-brokers': { topology: withStream({ replicas: 5 }), where: 'stream ORDERS' },
  'even-brokers': {
    topology: { ...platform, brokers: { ...platform.brokers, replicas: 4 } },
    where: 'brokers',
  },
  'discard-old': { topology: withStream({ discard: 'old' }), where: 'stream ORDERS' },
  'memory-storage': { topology: withStream({ storage: 'memory' }), where: 'stream ORDERS' },
  'unbounded-stream': { topology: withStream({ maxBytes: -1 }), where: 'stream ORDERS' },
  'less-headroom-than-orders': {
    topology: withStream({ maxBytes: 2 ** 40 }),
    where: 'stream OUTCOMES',
  },
  'lazy-fsync': {
    topology: { ...platform, brokers: { ...platform.brokers, syncInterval: '2m' } },
    where: 'brokers',
  },
  'unbounded-redelivery': {
    topology: { ...platform, consumers: [{ ...firstConsumer, maxDeliver: -1 }, ...otherConsumers] },
    where: 'consumer payment-processor',
  },
  'duplicate-window-too-short': {
    topology: withStream({ duplicateWindowMs: 1_000 }),
    where: 'stream ORDERS',
  },
  'edge-without-deadline': {
    topology: { ...platform, edges: [edgeWithoutDeadline, ...otherEdges] },
    where: 'edge client-order',
  },
  'dangling-reference': {
    topology: { ...platform, edges: [{ ...firstEdge, to: 'nobody' }, ...otherEdges] },
    where: 'edge client-nobody',
  },
};

describe('preflight', () => {
  test('finds nothing in the platform as it is delivered', () => {
    expect(preflight(platform)).toEqual([]);
  });

  test.each(rules.map((rule) => rule.name))('%s finds the topology that breaks it', (name) => {
    const known = broken[name];
    if (known === undefined) throw new Error(`no known-bad topology for the rule ${name}`);
    const findings = preflight(known.topology).filter((finding) => finding.rule === name);
    expect(findings.map((finding) => finding.where)).toContain(known.where);
    for (const finding of findings) expect(finding.fix).not.toBe('');
  });

  test('puts errors before warnings', () => {
    const topology: Topology = {
      ...platform,
      brokers: { ...platform.brokers, replicas: 4, syncInterval: '1m' },
    };
    expect(preflight(topology).map((finding) => finding.severity)).toEqual(['error', 'warning']);
  });
});
