/**
 * Long lists of messages, kept as the bytes that they are in protobuf's binary format: an item is decoded when it is looked
 * at, and forgotten again. A route table of 100,000 entries then takes its bytes, not tens of megabytes of objects that the
 * garbage collector copies about. Whoever has such a list has an array that cannot be changed, whose items are equal but not
 * the same from one look to the next. What is in one has been checked.
 */
import type { Message } from '@bufbuild/protobuf';

/** Shorter lists are quicker as they are. */
export const LONG_LIST = 256;

/** Lists that may be this long and that nobody expects to hold the same objects time and again. */
const PACKABLE: readonly string[] = [
  'envoy.config.route.v3.RouteConfiguration.virtual_hosts',
  'envoy.config.route.v3.VirtualHost.routes',
];

export function isPackable(messageType: string | undefined, field: string): boolean {
  return PACKABLE.includes(`${messageType}.${field}`);
}

const PACKED = Symbol('packed items');

/** Where the items of a list are, and how one becomes a message. */
export class PackedItems {
  /** The items as they stand in a message, each with its tag and length. */
  readonly region: Uint8Array;
  /** Where each begins and ends in the region, without tag and length. */
  readonly #bounds: Uint32Array;
  readonly #decode: (start: number, end: number) => Message;

  constructor(region: Uint8Array, bounds: Uint32Array, decode: (start: number, end: number) => Message) {
    this.region = region;
    this.#bounds = bounds;
    this.#decode = decode;
  }

  get length(): number {
    return this.#bounds.length / 2;
  }

  item(index: number): Message {
    return this.#decode(this.#bounds[index * 2] as number, this.#bounds[index * 2 + 1] as number);
  }

  asList(): readonly Message[] {
    const target: Message[] = [];
    target.length = this.length;
    return new Proxy(target, new PackedListHandler(this));
  }
}

/** What an array from `asList` is made of; undefined for every other. */
export function packedItems(list: unknown): PackedItems | undefined {
  return (list as { readonly [PACKED]?: PackedItems } | undefined)?.[PACKED];
}

/** The target is an array of that length, all of holes. */
class PackedListHandler implements ProxyHandler<Message[]> {
  readonly #items: PackedItems;

  constructor(items: PackedItems) {
    this.#items = items;
  }

  get(target: Message[], key: string | symbol): unknown {
    if (key === PACKED) return this.#items;
    const index = this.#indexOf(key);
    return index === undefined ? Reflect.get(target, key) : this.#items.item(index);
  }

  has(target: Message[], key: string | symbol): boolean {
    return this.#indexOf(key) !== undefined || Reflect.has(target, key);
  }

  ownKeys(target: Message[]): (string | symbol)[] {
    return [...target.keys().map(String), ...Reflect.ownKeys(target)];
  }

  getOwnPropertyDescriptor(target: Message[], key: string | symbol): PropertyDescriptor | undefined {
    const index = this.#indexOf(key);
    if (index === undefined) return Reflect.getOwnPropertyDescriptor(target, key);
    return { value: this.#items.item(index), writable: true, enumerable: true, configurable: true };
  }

  set(): boolean {
    return false;
  }

  defineProperty(): boolean {
    return false;
  }

  deleteProperty(): boolean {
    return false;
  }

  #indexOf(key: string | symbol): number | undefined {
    if (typeof key === 'symbol') return undefined;
    const index = Number(key);
    return Number.isInteger(index) && index >= 0 && index < this.#items.length ? index : undefined;
  }
}

/** Where the items begin and end in `bytes`: those that follow each other from `start` on, of one field. */
export function findItems(bytes: Uint8Array, start: number, end: number): { bounds: Uint32Array; end: number } {
  const [tag, firstLength] = varintAt(bytes, start);
  const bounds: number[] = [];
  let at = firstLength;
  let itemsEnd = start;
  while (true) {
    const [length, first] = varintAt(bytes, at);
    bounds.push(first, first + length);
    itemsEnd = first + length;
    if (itemsEnd >= end) break;
    const [next, afterTag] = varintAt(bytes, itemsEnd);
    if (next !== tag) break;
    at = afterTag;
  }
  return { bounds: Uint32Array.from(bounds), end: itemsEnd };
}

/** The number, and where it ends. */
function varintAt(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  let shift = 1;
  for (let i = at; ; i++) {
    const byte = bytes[i] as number;
    value += (byte & 0x7f) * shift;
    if (byte < 0x80) return [value, i + 1];
    shift *= 0x80;
  }
}
