import type { Dispatcher, Timer } from '../../sdk/event.ts';
import type { AdminAllocations } from '../main/admin/admin-context.ts';
import { InspectorChannel } from './inspector-channel.ts';

/** Longest that a thread is waited for to hand its profile over. */
const stopLimitMs = 5000;

/** A node of V8's sampling heap profile. */
interface ProfileNode {
  readonly callFrame: object;
  readonly selfSize: number;
  readonly id: number;
  readonly children: readonly ProfileNode[];
}

/** `HeapProfiler.stopSampling`'s answer; without a profile when there was a fault. */
interface Stopped {
  readonly profile?: { readonly head: ProfileNode };
}

/**
 * Samples what main and the workers allocate, by V8's inspector. The profile is one in V8's `.heapprofile` format, with a
 * branch a thread; a thread that does not answer in time is left out.
 */
export class AllocationProfiler implements AdminAllocations {
  readonly #dispatcher: Dispatcher;
  readonly #threads: readonly string[];
  #channels: ReadonlyMap<string, InspectorChannel> | undefined = undefined;

  constructor(dispatcher: Dispatcher, workers: number) {
    this.#dispatcher = dispatcher;
    this.#threads = ['main_thread', ...Array.from({ length: workers }, (_, index) => `worker_${index}`)];
  }

  start(): boolean {
    if (this.#channels !== undefined) return false;
    this.#channels = new Map(this.#threads.map((thread) => [thread, new InspectorChannel(thread)]));
    for (const channel of this.#channels.values()) {
      channel.post('HeapProfiler.enable');
      channel.post('HeapProfiler.startSampling');
    }
    return true;
  }

  stop(): Iterable<string> | undefined {
    const channels = this.#channels;
    if (channels === undefined) return undefined;
    this.#channels = undefined;
    const ending = new EndingProfile(channels, this.#dispatcher);
    return ending.text();
  }
}

/** A profile that threads are handing over. */
class EndingProfile {
  readonly #heads = new Map<string, ProfileNode | undefined>();
  readonly #threads: number;
  readonly #limit: Timer;
  #late = false;

  constructor(channels: ReadonlyMap<string, InspectorChannel>, dispatcher: Dispatcher) {
    this.#threads = channels.size;
    this.#limit = dispatcher.createTimer(() => {
      this.#late = true;
    });
    this.#limit.enableTimer(stopLimitMs);
    for (const [thread, channel] of channels) {
      channel.post('HeapProfiler.stopSampling', (result) => {
        this.#heads.set(thread, (result as Stopped | undefined)?.profile?.head);
        channel.post('HeapProfiler.disable', () => channel[Symbol.dispose]());
      });
    }
  }

  /** An empty piece is a pause. */
  *text(): Iterable<string> {
    while (this.#heads.size < this.#threads && !this.#late) yield '';
    this.#limit[Symbol.dispose]();
    const heads = [...this.#heads].flatMap(([thread, head]) => (head === undefined ? [] : [{ thread, head }]));
    let id = 0;
    const renumber = (node: ProfileNode): ProfileNode => {
      return { ...node, id: ++id, children: node.children.map(renumber) };
    };
    const children = heads.map(({ thread, head }) => renumber({ ...head, callFrame: frameOf(thread) }));
    yield `${JSON.stringify({ head: { callFrame: frameOf('(root)'), selfSize: 0, id: 0, children }, samples: [] })}\n`;
  }
}

/** What stands for no code of its own. */
function frameOf(functionName: string): object {
  return { functionName, scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };
}
