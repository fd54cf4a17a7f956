export const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** The full name after the last slash. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}
