import type { Build, Program } from './program.ts';

/** What only the benchmark runs. */
export type BenchTool = 'nats';

const natsCli: Build = {
  name: 'nats',
  version: '0.4.0',
  packages: { nats: 'github.com/nats-io/natscli/nats' },
  tags: [],
  typicalSeconds: 60,
};

export const benchPrograms: Readonly<Record<BenchTool, Program>> = {
  nats: {
    name: 'nats',
    build: natsCli,
    version: { args: ['--version'], pattern: /^v?(\d\S*)/m },
    overrideVariable: 'STORMPROOF_NATS',
  },
};
