import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { platform } from '../../topology/platform.ts';
import { renderCollectorConfig } from './config.ts';

const listen = {
  otlpHttp: '127.0.0.1:20009',
  otlpGrpc: '127.0.0.1:20010',
  health: '127.0.0.1:20011',
  metrics: '127.0.0.1:20012',
};

it('renders what it did for the platform', async () => {
  const config = renderCollectorConfig(platform, {
    listen,
    jaegerOtlpGrpc: '127.0.0.1:20013',
    prometheus: 'http://127.0.0.1:20018',
  });
  await expect(config).toMatchFileSnapshot('golden/collector.yaml');
});

it('takes the deadlines of its exporters from the topology', () => {
  const edges = [{ from: 'collector', to: 'prometheus', protocol: 'otlp-http', deadlineMs: 1_234 }] as const;
  const config = parse(
    renderCollectorConfig({ ...platform, edges }, { listen, prometheus: 'http://127.0.0.1:20018' }),
  );
  expect(config.exporters['otlp_http/prometheus'].timeout).toBe('1234ms');
});

it('has no pipeline that ends nowhere when a backend is missing', () => {
  const config = parse(renderCollectorConfig(platform, { listen, jaegerOtlpGrpc: '127.0.0.1:20013' }));
  expect(config.service.pipelines).toEqual({
    traces: expect.objectContaining({ exporters: ['otlp_grpc/jaeger'] }),
  });
  expect(config.connectors).toBeUndefined();
});
