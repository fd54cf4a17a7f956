/** Ports for a proxy under test that must be known before it starts, since its configuration names them. */
import { createServer, type Server } from 'node:net';

// Below the range from which Linux takes ports for outgoing connections (32768 up): none of those can collide.
const LOWEST = 10_000;
const SPAN = 20_000;

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Hands out ports of 127.0.0.1 that were free a moment ago; all five digits long, never the same one twice. */
export class PortSource {
  readonly #never: ReadonlySet<number>;
  #next: number;
  #left = SPAN;

  /**
   * @param seed where to begin: give processes that run side by side different ones.
   * @param never numbers that must not be ports, since they mean something else where ports are searched for in texts.
   */
  constructor(seed: number, never: ReadonlySet<number> = new Set()) {
    this.#never = never;
    this.#next = Math.abs(seed * 7919) % SPAN;
  }

  async take(): Promise<number> {
    while (this.#left-- > 0) {
      const port = LOWEST + (this.#next++ % SPAN);
      if (this.#never.has(port)) continue;
      const server = await tryListen(port);
      if (server !== undefined) {
        await close(server);
        return port;
      }
    }
    throw new Error('no free port left');
  }
}
