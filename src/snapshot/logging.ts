/** How another thread of the process logs. */
export interface LoggingInit {
  readonly level: string;
  readonly componentLevels: ReadonlyMap<string, string>;
  readonly format: string;
  readonly escape: boolean;
  /** '' = standard error. */
  readonly path: string;
}
