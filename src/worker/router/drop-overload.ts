import type { Random } from '../../../sdk/event.ts';
import type { ResponseFlag } from '../../../sdk/stream-info.ts';

/** How a request is answered that is dropped by `drop_overloads`. */
export interface DropOverload {
  readonly flag: ResponseFlag;
  readonly body: string;
  readonly details: string;
  readonly header: string;
}

const dropped: DropOverload = {
  flag: 'DO',
  body: 'drop overload',
  details: 'drop_overload',
  header: 'x-envoy-drop-overload',
};
const droppedAll: DropOverload = {
  flag: 'UDO',
  body: 'unconditional drop overload',
  details: 'unconditional_drop_overload',
  header: 'x-envoy-unconditional-drop-overload',
};

/** @param share from 0 to 1. Undefined = the request goes on. */
export function drawDropOverload(share: number, random: Random): DropOverload | undefined {
  if (share === 0) return undefined;
  if (share === 1) return droppedAll;
  return random.random() < share * 2 ** 53 ? dropped : undefined;
}
