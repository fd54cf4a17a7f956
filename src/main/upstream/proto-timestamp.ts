/** As protobuf writes a time in JSON: no fraction where there is none. @param ms Unix milliseconds */
export function protoTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
