import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';

/** Copies of a request on their way to the clusters that mirror it. */
export interface Shadowing {
  sendData(data: Buffer, endStream: boolean): void;
  sendTrailers(trailers: HeaderMap): void;
  cancel(): void;
}

export function startShadowing(..._args: unknown[]): Shadowing | undefined {
  return undefined;
}
