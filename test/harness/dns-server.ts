/** A name server (RFC 1035, UDP) that answers what a test says, and remembers what it was asked. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { IpAddress } from '../../src/common/network/address.ts';

/**
 * What is known of each name: `ADDRESS/TTL` and `=NAME/TTL` (an alias), parted by spaces; a response code; or `silent`.
 * Other names do not exist (NXDOMAIN); a name without records of the type has none (no data).
 */
export type Zone = Readonly<Record<string, string>>;

const codes: Readonly<Record<string, number>> = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };
const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const typeCname = 5;

interface Query {
  readonly id: Buffer;
  readonly question: Buffer;
  readonly name: string;
  readonly type: number;
}

export class DnsServer implements Disposable {
  readonly #socket = createSocket('udp4');
  /** `NAME TYPE`, in the order in which they came. */
  asked: string[] = [];
  /** Where each question came from. */
  readonly ports: number[] = [];
  zone: Zone;

  constructor(zone: Zone = {}) {
    this.zone = zone;
    this.#socket.on('message', (bytes, { port, address }) => {
      const query = readQuery(bytes);
      this.ports.push(port);
      this.asked.push(`${query.name} ${types[query.type] ?? query.type}`);
      const answer = this.#answer(query);
      if (answer !== undefined) this.#socket.send(answer, port, address);
    });
  }

  /** @param port 0: any that is free */
  async listen(port = 0): Promise<void> {
    this.#socket.bind(port, '127.0.0.1');
    await once(this.#socket, 'listening');
  }

  get address(): IpAddress {
    return new IpAddress('127.0.0.1', this.#socket.address().port);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #answer(query: Query): Buffer | undefined {
    const known = this.zone[query.name] ?? 'NXDOMAIN';
    if (known === 'silent') return undefined;
    const code = codes[known];
    const records = code === undefined ? recordsOf(known.split(' '), query.name, query.type) : [];
    const counts = Buffer.from([0, 1, 0, records.length, 0, 0, 0, 0]);
    return Buffer.concat([query.id, Buffer.from([0x81, 0x80 | (code ?? 0)]), counts, query.question, ...records]);
  }
}

function readQuery(bytes: Buffer): Query {
  const end = bytes.indexOf(0, 12) + 5;
  const labels: string[] = [];
  for (let at = 12; (bytes[at] ?? 0) > 0; at += (bytes[at] ?? 0) + 1)
    labels.push(bytes.toString('latin1', at + 1, at + 1 + (bytes[at] ?? 0)));
  return {
    id: bytes.subarray(0, 2),
    question: bytes.subarray(12, end),
    name: labels.join('.'),
    type: bytes.readUInt16BE(end - 4),
  };
}

/** Aliases first, each leading to the name of the next records. */
function recordsOf(texts: readonly string[], asked: string, type: number): Buffer[] {
  let name = asked;
  return texts.flatMap((text) => {
    const [value = '', ttl = '0'] = text.split('/');
    if (value.startsWith('=')) {
      const alias = record(name, typeCname, Number(ttl), nameBytes(value.slice(1)));
      name = value.slice(1);
      return [alias];
    }
    const address = IpAddress.parse(value, 0);
    if (address === undefined || (address.ipVersion === 4 ? 1 : 28) !== type) return [];
    return [record(name, type, Number(ttl), wordBytes(address))];
  });
}

function record(name: string, type: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(name), fixed, data]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function wordBytes({ words }: IpAddress): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, index * 4);
  return bytes;
}
