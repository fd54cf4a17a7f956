/** Why the system did not do something: `ECONNREFUSED`, its number and its text. */
export interface SystemError {
  readonly code: string;
  /** Positive; 0 when the system has none. */
  readonly errno: number;
  /** In the words of strerror. */
  readonly message: string;
}
