/** When an option is set: before bind(2), after it, after listen(2). */
export type SocketState = 'prebind' | 'bound' | 'listening';

/** An option of setsockopt(2). Plain data: it crosses threads. */
export interface SocketOption {
  readonly level: number;
  readonly name: number;
  /** As the call takes it. */
  readonly value: Uint8Array;
  readonly state: SocketState;
  /** For messages: `6/23`, `IPPROTO_IP/IP_FREEBIND`. */
  readonly label: string;
}

/** A C int, as most options take. */
export function intOptionValue(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}
