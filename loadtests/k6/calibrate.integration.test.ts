import { beforeAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { calibrateK6 } from './calibrate.ts';

let k6Path: string;
beforeAll(async () => {
  k6Path = (await ensureTools(['k6'], { env: process.env })).k6;
});

it.each([1, 10])(
  'measures what k6 costs by itself, with %d orders in a request',
  async (ordersPerRequest) => {
    const rate = 60 * ordersPerRequest;
    const calibration = await calibrateK6({ k6Path, rate, ordersPerRequest, lateMsMax: Infinity });
    expect(calibration).toMatchObject({ requestRate: 60, isDelivered: true, dropped: 0 });
    // Other systems do not tell.
    if (process.platform === 'linux') expect(calibration.cpuUsPerRequest).toBeGreaterThan(0);
  },
);

it('sees that k6 cannot deliver what no machine like this could', async () => {
  const calibration = await calibrateK6({ k6Path, rate: 30_000, ordersPerRequest: 1, lateMsMax: 50 });
  expect(calibration.isDelivered).toBe(false);
  expect(calibration.achievedRequestRate).toBeLessThan(30_000);
});
