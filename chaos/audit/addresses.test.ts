import { expect, it } from 'vitest';
import { auditedAddresses } from './addresses.ts';

const urls = {
  natsUrls: ['nats://nats-0.nats-headless:4222'],
  orderAdminUrl: 'http://order-admin:8081',
  pspAdminUrl: 'http://psp-admin:8081',
};

it('asks every instance of order that its name stands for, always in the same order', async () => {
  const asked: string[] = [];
  const { orderAdmin, pspAdmin, nats } = await auditedAddresses(urls, async (host) => {
    asked.push(host);
    return ['10.0.0.9', 'fd00::1', '10.0.0.10'];
  });
  expect(asked).toEqual(['order-admin']);
  expect(orderAdmin).toEqual(['http://10.0.0.10:8081', 'http://10.0.0.9:8081', 'http://[fd00::1]:8081']);
  expect({ pspAdmin, nats }).toEqual({ pspAdmin: [urls.pspAdminUrl], nats: urls.natsUrls });
});

it('asks no provider that keeps its ledger to itself', async () => {
  const { pspAdmin } = await auditedAddresses({ ...urls, pspAdminUrl: undefined }, async () => ['10.0.0.9']);
  expect(pspAdmin).toEqual([]);
});

it('does not audit without projections', async () => {
  await expect(auditedAddresses(urls, async () => [])).rejects.toThrow('order-admin stands for no instance');
});
