/** What workers tell main of hosts: topics of their `event` messages, with what goes along. */

/** A host has said of itself that it is not well (`x-envoy-immediate-health-check-fail`). */
export const HOST_FAILED = 'host-failed';

export interface HostFailed {
  readonly cluster: string;
  /** See HostSnapshot. */
  readonly host: number;
}
