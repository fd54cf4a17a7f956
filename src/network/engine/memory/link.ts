import type { Dispatcher, Timer } from '../../../../sdk/event.ts';

/** Something on its way: bytes, the end of the stream, or a reset. */
export type Packet = { readonly kind: 'data'; readonly bytes: Uint8Array } | { readonly kind: 'fin' | 'rst' };

export interface PacketReceiver {
  readonly dispatcher: Dispatcher;
  onPacket(packet: Packet): void;
}

/** One direction of a connection: packets arrive in order, on the receiver's dispatcher, after a while. */
export class Link {
  readonly #receiver: PacketReceiver;
  readonly #latencyMs: number;
  readonly #timer: Timer;
  readonly #queue: { readonly dueMs: number; readonly packet: Packet }[] = [];

  constructor(receiver: PacketReceiver, latencyMs: number) {
    this.#receiver = receiver;
    this.#latencyMs = latencyMs;
    this.#timer = receiver.dispatcher.createTimer(() => this.#deliver());
  }

  send(packet: Packet): void {
    const nowMs = this.#receiver.dispatcher.timeSource.monotonicTimeMs();
    this.#queue.push({ dueMs: nowMs + this.#latencyMs, packet });
    if (!this.#timer.enabled) this.#timer.enableTimer(this.#latencyMs);
  }

  /** Packets under way are lost. */
  cut(): void {
    this.#queue.length = 0;
    this.#timer.disableTimer();
  }

  #deliver(): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    const [next] = this.#queue;
    if (next !== undefined) {
      const nowMs = this.#receiver.dispatcher.timeSource.monotonicTimeMs();
      this.#timer.enableTimer(Math.max(0, next.dueMs - nowMs));
    }
    this.#receiver.onPacket(first.packet);
  }
}
