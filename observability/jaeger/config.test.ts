import { expect, it } from 'vitest';
import { renderJaegerConfig } from './config.ts';

it('renders what it did for the platform', async () => {
  const config = renderJaegerConfig({
    listen: {
      otlpGrpc: '127.0.0.1:20013',
      http: '127.0.0.1:20014',
      grpc: '127.0.0.1:20015',
      health: '127.0.0.1:20016',
      metrics: '127.0.0.1:20017',
    },
  });
  await expect(config).toMatchFileSnapshot('golden/jaeger.yaml');
});
