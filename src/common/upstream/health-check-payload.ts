/** What health checks send and want to read: pieces of bytes, in order, with anything between them. */
import type { HealthCheck_Payload as Payload } from '../../../api/generated/envoy/config/core/v3/health_check_pb.d.ts';
import type { Buffer } from '../../../sdk/buffer.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** `text` is hexadecimal. */
export function parsePayload(payload: Payload | undefined, ctx: ConfigContext): Uint8Array {
  const value = payload?.payload;
  if (value?.case === 'binary') return value.value;
  const text = value?.case === 'text' ? value.value : '';
  if (text === '') return NOTHING;
  if (!/^(?:[0-9a-f]{2})+$/i.test(text))
    ctx.error(`invalid hex string '${text}'`, { expected: 'pairs of hexadecimal digits' });
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function parsePayloads(payloads: readonly Payload[], ctx: ConfigContext, field: string): readonly Uint8Array[] {
  return payloads.map((payload, i) => parsePayload(payload, ctx.child(field, i)));
}

/** Whether all pieces are there, one behind the other. */
export function hasPayloads(buffer: Buffer, pieces: readonly Uint8Array[]): boolean {
  let start = 0;
  for (const piece of pieces) {
    const found = buffer.search(piece, start);
    if (found < 0) return false;
    start = found + piece.length;
  }
  return true;
}

const NOTHING = new Uint8Array();
