import { createServer, type Server } from 'node:net';
import { expect, it } from 'vitest';
import { checkPortsFree, isPortFree, pickPorts } from './ports.ts';

async function listenOn(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

it('gives every need a port of its own', async () => {
  const ports = await pickPorts({ a: ['http', 'admin'], b: ['http'] }, {});
  const numbers = Object.values(ports).flatMap((ofInstance) => Object.values(ofInstance));
  expect(new Set(numbers).size).toBe(3);
});

it('gives an instance its port again, unless another program has taken it', async () => {
  const needed = { a: ['http', 'admin'] };
  const first = await pickPorts(needed, {});
  expect(await pickPorts(needed, first)).toEqual(first);
  const taken = first.a?.http ?? 0;
  const squatter = await listenOn(taken);
  const second = await pickPorts(needed, first);
  expect(second.a?.http).not.toBe(taken);
  expect(second.a?.admin).toBe(first.a?.admin);
  expect(await isPortFree(taken)).toBe(false);
  await expect(checkPortsFree('a-0', [taken])).rejects.toThrow(`a-0 cannot listen on 127.0.0.1:${taken}`);
  await new Promise((resolve) => squatter.close(resolve));
});

it('does not give two instances the port that both had', async () => {
  const { a } = await pickPorts({ a: ['http'] }, {});
  const clash = { a: { http: a?.http ?? 0 }, b: { http: a?.http ?? 0 } };
  const picked = await pickPorts({ a: ['http'], b: ['http'] }, clash);
  expect(picked.b?.http).not.toBe(picked.a?.http);
});
