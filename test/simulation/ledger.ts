/** What clients asked and got, and what upstreams saw. */
import assert from 'node:assert/strict';
import type { SimulatedConnection, SimulatedRequest } from '../../sdk/testing/simulated-proxy.ts';
import { readResponse, writeRequest } from '../../src/exe/simulation/http-text.ts';

export interface Ask {
  readonly id: string;
  readonly method: string;
}

/** A client that asks again and again on one connection. */
export class Client {
  readonly connection: SimulatedConnection;
  readonly asked: Ask[] = [];

  constructor(connection: SimulatedConnection) {
    this.connection = connection;
  }

  ask(cluster: string, id: string, method: string, body: string): void {
    this.asked.push({ id, method });
    this.connection.send(writeRequest({ method, path: `/${cluster}/${id}`, headers: {}, body }));
  }

  get alive(): boolean {
    return this.connection.state === 'open' || this.connection.state === 'connecting';
  }

  /** Every answer so far is that to the request whose turn it is. The number of answers. */
  check(): number {
    let text = this.connection.received;
    for (const [index, { id, method }] of this.asked.entries()) {
      const read = readResponse(text, method, !this.alive);
      if (read === undefined) return index;
      text = text.slice(read.end);
      const { status, body, headers } = read.response;
      if (status !== 200) assert.ok([404, 408, 413, 503, 504].includes(status), `${id}: status ${status}`);
      else if (method === 'HEAD') assert.equal(headers['x-id'], id, 'another request’s answer');
      else if (body.length === Number(headers['content-length'])) assert.equal(body.slice(0, id.length), id);
    }
    assert.equal(text, '', 'an answer that nobody asked for');
    return this.asked.length;
  }
}

/** No upstream sees a request twice; a request that was answered from upstream was seen there. */
export class Ledger {
  readonly clients: Client[] = [];
  readonly #seen = new Map<string, number>();
  #lastId = 0;

  nextId(): string {
    return `r${++this.#lastId}`;
  }

  onUpstream({ path }: SimulatedRequest): string {
    const id = path.slice(path.lastIndexOf('/') + 1);
    const times = (this.#seen.get(id) ?? 0) + 1;
    this.#seen.set(id, times);
    assert.equal(times, 1, `an upstream saw ${id} again`);
    return id;
  }

  /** When all has come to rest: a client that is still connected has an answer to each of its requests. */
  checkSettled(): void {
    for (const { connection, asked } of this.clients.filter(({ alive }) => alive)) {
      const answered = this.clients.find((client) => client.connection === connection)?.check();
      if (connection.state === 'open') assert.equal(answered, asked.length, `lost: ${asked[answered ?? 0]?.id}`);
    }
    for (const client of this.clients) client.check();
  }
}
