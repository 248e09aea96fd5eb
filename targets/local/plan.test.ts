import { describe, expect, it } from 'vitest';
import { brokerUsersOf, portsNeeded, proxiesOf } from '../../topology/derive/index.ts';
import type { Topology } from '../../topology/model.ts';
import { platform } from '../../topology/platform.ts';
import { layoutOf } from './layout.ts';
import { type LocalTargetOptions, toLocalPlan, toolsNeeded } from './options.ts';
import { planInstances } from './programs/index.ts';

const options: LocalTargetOptions = {
  topology: platform,
  runDir: '/run',
  tools: {
    'nats-server': '/tools/nats-server',
    otelcol: '/tools/otelcol',
    jaeger: '/tools/jaeger',
    prometheus: '/tools/prometheus',
    alertmanager: '/tools/alertmanager',
    'toxiproxy-server': '/tools/toxiproxy-server',
  },
  chaos: true,
  node: '/node',
};

/** Numbers ports in the order they are needed, so that golden files stay readable. */
function planOf(changes: Partial<LocalTargetOptions>, cores = 2) {
  const plan = toLocalPlan({ ...options, ...changes });
  const proxies = proxiesOf(plan.topology, plan.proxiedEdges, 'local');
  let next = 20_000;
  const ports = Object.fromEntries(
    Object.entries(portsNeeded(plan.topology, proxies)).map(([instance, names]) => [
      instance,
      Object.fromEntries(names.map((name) => [name, next++])),
    ]),
  );
  const layout = layoutOf(options.runDir);
  const keys = Object.fromEntries(
    brokerUsersOf(plan.topology).map(({ name }) => [name, ['UA', 'UB'] as const]),
  );
  const brokerSecrets = { keys, routePassword: 'secret' };
  return planInstances({
    ...{ topology: plan.topology, ports, proxies, plan, layout },
    ...{ brokerSecrets, root: '/repository', cores },
  });
}

describe('the plan of the platform', () => {
  it('is what it was', async () => {
    const plan = planOf({}).map(({ files, ...rest }) => ({ ...rest, files: files.map(({ path }) => path) }));
    await expect(`${JSON.stringify(plan, undefined, 2)}\n`).toMatchFileSnapshot('golden/plan.json');
  });

  it('shares the cores among the brokers, and leaves each at least one', () => {
    const coresOfBrokers = (cores: number) =>
      planOf({}, cores).flatMap(({ service, env }) => (service === 'nats' ? [env.GOMAXPROCS] : []));
    expect(coresOfBrokers(2)).toEqual(['1', '1', '1']);
    expect(coresOfBrokers(8)).toEqual(['2', '2', '2']);
  });

  it('lets Node collect garbage with helpers only where there are cores for them', () => {
    const flagsOf = (cores: number) =>
      planOf({}, cores)
        .find(({ service }) => service === 'order')
        ?.argv.slice(1, -1);
    expect([flagsOf(4), flagsOf(5)]).toEqual([['--single-threaded-gc'], []]);
  });

  it('lets Jaeger keep as many traces as it is told', () => {
    const keptBy = (changes: Partial<LocalTargetOptions>) =>
      planOf(changes).flatMap(({ service, files }) =>
        service === 'jaeger' ? files.map(({ text }) => /max_traces: (\d+)/.exec(text)?.[1]) : [],
      );
    expect([keptBy({}), keptBy({ tracesMax: 7 })]).toEqual([['50000'], ['7']]);
  });

  it('has no proxy without chaos', () => {
    const services = planOf({ chaos: false }).map(({ service }) => service);
    expect(services).not.toContain('toxiproxy');
  });

  it('runs another program for a service that is overridden, with further settings', () => {
    const changed = planOf({
      overrides: { payment: 'chaos/sabotage/random-charge-key.ts' },
      settings: { payment: { STORMPROOF_LOG_LEVEL: 'debug' } },
    });
    const payment = changed.find(({ name }) => name === 'payment-0');
    expect([payment?.argv[0], payment?.argv.at(-1)]).toEqual([
      '/node',
      '/repository/chaos/sabotage/random-charge-key.ts',
    ]);
    expect(payment?.env.STORMPROOF_LOG_LEVEL).toBe('debug');
  });

  it('runs a service with what it says that runs it, or by itself', () => {
    const argvOf = (interpreter: readonly string[]) => {
      const services = platform.services.map((service) => ({ ...service, interpreter }));
      return planOf({ topology: { ...platform, services } }).find(({ name }) => name === 'psp-0')?.argv;
    };
    expect(argvOf(['/python', '-u'])).toEqual(['/python', '-u', '/repository/services/psp/main.ts']);
    expect(argvOf([])).toEqual(['/repository/services/psp/main.ts']);
  });

  it('refuses a service that nobody can ask whether it is ready', () => {
    const services = platform.services.map((service) => ({ ...service, listeners: ['http'] as const }));
    const deaf: Topology = { ...platform, services };
    expect(() => planOf({ topology: deaf, chaos: false })).toThrow('order has no admin listener');
  });
});

describe('the tools that a platform needs', () => {
  it('are those of its backends, and Toxiproxy for chaos', () => {
    expect(toolsNeeded(options)).toEqual([
      'nats-server',
      'otelcol',
      'jaeger',
      'prometheus',
      'alertmanager',
      'toxiproxy-server',
    ]);
    expect(toolsNeeded({ ...options, chaos: false })).not.toContain('toxiproxy-server');
    expect(toolsNeeded({ topology: { ...platform, edges: [] }, chaos: true })).toEqual(['nats-server']);
  });
});
