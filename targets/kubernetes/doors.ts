import { createServer, type Server, type Socket } from 'node:net';
import { localHost } from '../../topology/derive/index.ts';

/**
 * Ports of this machine that lead into the cluster. A door is made when somebody first asks for it and leads, with every
 * connection anew, to whichever pod is then behind it: it outlives the pods.
 */
export type Doors = {
  /**
   * `host:port` of the door of a name, the same for as long as this lives.
   * @param enter takes over each connection; must not throw
   */
  open(name: string, enter: (socket: Socket) => Promise<void>): Promise<string>;
  /** Closes all doors and cuts the connections through them. */
  close(): Promise<void>;
};

export function createDoors(): Doors {
  const doors = new Map<string, Promise<Server>>();
  const sockets = new Set<Socket>();

  function make(enter: (socket: Socket) => Promise<void>): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      void enter(socket);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, localHost, () => resolve(server));
    });
  }

  return {
    async open(name, enter) {
      const door = doors.get(name) ?? make(enter);
      doors.set(name, door);
      const address = (await door).address();
      if (address === null || typeof address === 'string') throw new Error(`the door ${name} is closed`);
      return `${localHost}:${address.port}`;
    },

    async close() {
      const servers = await Promise.all(doors.values());
      doors.clear();
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}
