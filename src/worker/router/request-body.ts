import type { Buffer } from '../../../sdk/buffer.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';

/** The same bytes once more: the first stay for another attempt. */
export function copyOf(data: Buffer): SliceBuffer {
  const copy = new SliceBuffer();
  for (let i = 0; i < data.sliceCount; i++) copy.add(data.sliceAt(i));
  return copy;
}
