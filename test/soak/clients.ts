/** Clients that behave as no good client does, by a seed. */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SeededRandom } from '../../src/event/random.ts';
import { type ListenerName, listenerNames, type SoakPorts } from './config.ts';

const mostClients = 80;
const mostUnsentBytes = 1_000_000;

interface Client {
  readonly socket: Socket;
  /** Beneath TLS; else the same. */
  readonly raw: Socket;
  readonly name: ListenerName;
}

export class SoakClients {
  readonly #random: SeededRandom;
  readonly #ports: SoakPorts;
  readonly #open = new Set<Client>();
  readonly #udp = createSocket('udp4');
  opened = 0;
  receivedBytes = 0;

  constructor(random: SeededRandom, ports: SoakPorts) {
    this.#random = random;
    this.#ports = ports;
    this.#udp.on('message', (bytes) => {
      this.receivedBytes += bytes.length;
    });
  }

  /** One thing that a client does. */
  act(): void {
    const clients = [...this.#open];
    const client = clients[this.#below(Math.max(1, clients.length))];
    const action = this.#below(20);
    if (client === undefined || (action < 4 && clients.length < mostClients)) this.#connect();
    else if (action < 12) this.#send(client.socket, client.name);
    else if (action < 13) client.socket.pause();
    else if (action < 16) client.socket.resume();
    else if (action < 17) client.socket.end();
    else if (action < 18) client.raw.resetAndDestroy();
    else if (action < 19) client.socket.destroy();
    else this.#udp.send('u'.repeat(1 + this.#below(1400)), this.#ports.udp, '127.0.0.1');
  }

  [Symbol.dispose](): void {
    for (const { socket, raw } of this.#open) for (const each of [socket, raw]) each.destroy();
    this.#udp.close();
  }

  #connect(): void {
    this.opened++;
    const name = listenerNames[this.#below(listenerNames.length)] as ListenerName;
    const port = this.#ports.listeners[name];
    // Some begin with what is no handshake.
    const isTls = name.startsWith('tls-') && this.#below(8) > 0;
    const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: this.#below(2) === 0 });
    raw.on('error', () => {});
    const socket = isTls ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw;
    const client = { socket, raw, name };
    this.#open.add(client);
    socket.on('data', (bytes: Buffer) => {
      this.receivedBytes += bytes.length;
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#open.delete(client));
  }

  #send(socket: Socket, name: ListenerName): void {
    if (!socket.writable || socket.writableLength > mostUnsentBytes) return;
    const bytes = [10, 1000, 20_000, 200_000][this.#below(4)] as number;
    socket.write(name.endsWith('http') ? this.#request(bytes) : Buffer.alloc(bytes, 'e'));
  }

  /** Mostly whole ones; some are cut short, and what comes next is no request. */
  #request(bytes: number): string {
    const body = 'b'.repeat(bytes);
    const post = `POST /post HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n${body}`;
    switch (this.#below(6)) {
      case 0:
        return post;
      case 1:
        return post.slice(0, 1 + this.#below(post.length));
      case 2:
        return `POST /chunked HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      default:
        return 'GET /large HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(1 + this.#below(20));
    }
  }

  #below(limit: number): number {
    return this.#random.random() % limit;
  }
}
