import { expect, test } from 'vitest';
import { platform } from '../../topology/index.ts';
import { createLocalTarget } from './target.ts';

const target = createLocalTarget({ topology: platform, runDir: '/nowhere', tools: {}, chaos: true });

test.each(['nats-0', 'toxiproxy-0'])('%s, which is no service, starts as nothing else', async (instance) => {
  await expect(target.startAs(instance, 'services/order/main.ts')).rejects.toMatchObject({
    code: 'unsupported',
  });
});
