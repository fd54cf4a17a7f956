/** What a step brought, as it is recorded and compared. */
import type { ConnectionEnd } from '../harness/raw-client.ts';
import type { Handshake } from '../harness/tls-peers.ts';

export interface RecordedMessage {
  readonly head: readonly string[];
  readonly framing: string;
  /** Its lines, when there are several. */
  readonly body?: string | readonly string[];
  readonly trailers?: readonly string[];
}

export type SeenMessage = RecordedMessage | { readonly cut: string } | { readonly bytes: string; readonly end: string };

export interface Answer {
  readonly responses?: readonly RecordedMessage[];
  /** Bytes that make no complete response; or all, when the step asked for them raw. */
  readonly rest?: string;
  readonly handshake?: Handshake;
  /** The TLS alert that the peer sent. */
  readonly alert?: string;
  readonly connection?: ConnectionEnd | 'closed' | 'refused';
  readonly upstreams?: Readonly<Record<string, readonly SeenMessage[]>>;
  /** Of upstreams with TLS. */
  readonly handshakes?: Readonly<Record<string, readonly Handshake[]>>;
  readonly logs?: Readonly<Record<string, readonly string[]>>;
  readonly stats?: readonly string[];
  /** `NAME TYPE`, sorted, by name server. */
  readonly asked?: Readonly<Record<string, readonly string[]>>;
  /** Datagrams, sorted, by host; one of several lines as a list. */
  readonly heard?: Readonly<Record<string, readonly (string | readonly string[])[]>>;
  readonly error?: string;
}

export interface Verdict {
  readonly verdict: 'accept' | 'refuse' | 'crash';
  /** Told for readers; never compared. */
  readonly message?: string;
}

/** A file under `recorded/`. Answers of a case stand in the order of its steps; controls have none. */
export interface Recording {
  readonly suite: string;
  readonly cases: Readonly<Record<string, readonly Answer[]>>;
}

export interface VerdictRecording {
  readonly suite: string;
  readonly verdicts: Readonly<Record<string, Verdict>>;
}
