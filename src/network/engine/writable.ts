/**
 * Whether a socket tells how many bytes are left (`StreamSocketHandler.onWritable`): the one rule of all engines.
 * @param progressed the kernel took some since it was last told
 * @param blocked it was told that some are left
 * @param requested it was asked to tell (`requestWritable`)
 */
export function tellsWritable(progressed: boolean, left: number, blocked: boolean, requested: boolean): boolean {
  return progressed ? left > 0 || blocked || requested : left > 0 && !blocked;
}
