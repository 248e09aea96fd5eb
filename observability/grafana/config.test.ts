import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { boards } from '../dashboards/boards/index.ts';
import { grafanaFiles } from './config.ts';

const options = {
  filesDir: '/etc/stormproof',
  port: 3000,
  adminPasswordFile: '/run/grafana/admin-password',
  prometheus: 'http://prometheus:9090',
  jaeger: 'http://jaeger:16686',
};
const files = grafanaFiles(options);

describe("Grafana's files", () => {
  it.each([
    'grafana.ini',
    'provisioning/datasources/stormproof.yaml',
    'provisioning/dashboards/stormproof.yaml',
  ])('%s is what it was for the platform', async (path) => {
    await expect(files[path]).toMatchFileSnapshot(`golden/${path.replaceAll('/', '.')}`);
  });

  it('bring every dashboard', () => {
    const found = Object.entries(files).filter(([path]) => path.startsWith('dashboards/'));
    expect(found.map(([, text]) => JSON.parse(text).uid)).toEqual(boards.map(({ name }) => name));
  });

  it('mention no traces where there is no Jaeger', () => {
    const without = grafanaFiles({ ...options, jaeger: undefined });
    const { datasources } = parse(without['provisioning/datasources/stormproof.yaml'] ?? '');
    expect(datasources.map(({ type }: { type: string }) => type)).toEqual(['prometheus']);
    expect(datasources[0].jsonData).not.toHaveProperty('exemplarTraceIdDestinations');
  });
});
