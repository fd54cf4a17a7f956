import { Buffer as Bytes } from 'node:buffer';
import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Address } from '../../../../sdk/network.ts';
import { BlockPool } from '../../../common/buffer/block.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { formatIp } from '../../../common/network/ip.ts';
import { BufferRing } from '../../../native/buffer-ring.ts';
import type { IoUring } from '../../../native/io-uring.ts';
import { highWord, lowWord, type MappedMemory, type MemoryMapper } from '../../../native/mapped-memory.ts';
import type { UdpSender } from '../udp-socket.ts';
import { decodeSocketAddress } from './socket-address.ts';

/** Streams use group 0. */
export const datagramGroup = 1;
const bufferCount = 64;

/**
 * What a received datagram's buffer begins with (io_uring_recvmsg_out in linux/io_uring.h): four words, room for the
 * peer's address and for control messages, then the payload, of 65,535 bytes at most.
 */
const nameStart = 16;
const nameBytes = 32;
const controlStart = nameStart + nameBytes;
const controlBytes = 64;
const payloadStart = controlStart + controlBytes;
const payloadBytes = 65_536;

/** Control messages (cmsg(3)): where a datagram was sent to (ip(7), ipv6(7)). */
const controlHeaderBytes = 16;
const ipv4Level = 0;
const ipv4PacketInfo = 8;
const ipv6Level = 41;
const ipv6PacketInfo = 50;

/** A stage for sending: msghdr, iovec, the peer's address, a control message, the payload. */
const vectorStart = 64;
const peerStart = 80;
const sendControlStart = 112;
const sendPayloadStart = 160;
/** Not a power of two: stages would fight for a few lines of the cache. */
const stageStride = sendPayloadStart + payloadBytes + 320;
const stagesEach = 8;
const mostStages = 512;

/** The address that came last, as bytes and as object: peers send several datagrams in a row. */
class LastAddress {
  #bytes = Bytes.alloc(0);
  #address: Address | undefined = undefined;

  of(bytes: Bytes, decode: (bytes: Bytes) => Address | undefined): Address | undefined {
    if (this.#address === undefined || !this.#bytes.equals(bytes)) {
      this.#address = decode(bytes);
      this.#bytes = Bytes.from(bytes);
    }
    return this.#address;
  }
}

/** A datagram in the memory of the ring, until the next one is looked at. */
export interface ReceivedDatagram {
  readonly data: Buffer;
  readonly peer: Address | undefined;
  /** The IP address it was sent to. */
  readonly localIp: string | undefined;
}

/** Memory of a thread's UDP sockets: what comes in is copied out at once, what goes out is put together in stages. */
export class DatagramMemory implements Disposable {
  /** Halves of the address of the msghdr that every receive is given. */
  readonly messageLow: number;
  readonly messageHigh: number;
  readonly #buffers: BufferRing;
  /** What was looked at last. */
  #view: Uint8Array<ArrayBuffer> | undefined = undefined;
  #bytes: Bytes = Bytes.alloc(0);
  readonly #mapper: MemoryMapper;
  readonly #message: MappedMemory;
  readonly #peer = new LastAddress();
  readonly #local = new LastAddress();
  readonly #received = new SliceBuffer(new BlockPool());
  readonly #stages: DatagramStage[] = [];
  readonly #stageMemories: MappedMemory[] = [];
  readonly #freeStages: number[] = [];

  /** Answers a negative errno when the system has no memory for it. */
  static open(mapper: MemoryMapper, ring: IoUring): DatagramMemory | number {
    const message = mapper.anonymous(4096);
    if (message === undefined) return -12;
    const buffers = BufferRing.open(mapper, ring, {
      group: datagramGroup,
      count: bufferCount,
      entries: bufferCount,
      size: payloadStart + payloadBytes,
      incremental: false,
    });
    if (typeof buffers !== 'number') return new DatagramMemory(mapper, message, buffers);
    message[Symbol.dispose]();
    return -buffers;
  }

  private constructor(mapper: MemoryMapper, message: MappedMemory, buffers: BufferRing) {
    this.#mapper = mapper;
    this.#message = message;
    this.#buffers = buffers;
    this.messageLow = lowWord(message.pointer);
    this.messageHigh = highWord(message.pointer);
    const words = new Int32Array(message.bytes.buffer);
    words[2] = nameBytes;
    words[10] = controlBytes;
  }

  /** What a receive that completed with `flags` brought. Its buffer is the kernel's again with the next `publish`. */
  take(flags: number): ReceivedDatagram {
    const buffers = this.#buffers;
    const id = buffers.idOf(flags);
    const start = buffers.startOf(id);
    const bytes = this.#bytesOf(id);
    const peerEnd = start + nameStart + Math.min(bytes.readUInt32LE(start), nameBytes);
    const controlEnd = start + controlStart + Math.min(bytes.readUInt32LE(start + 4), controlBytes);
    const payload = Math.min(bytes.readUInt32LE(start + 8), payloadBytes);
    const peer = this.#peer.of(bytes.subarray(start + nameStart, peerEnd), decodeSocketAddress);
    const local = this.#local.of(bytes.subarray(start + controlStart, controlEnd), decodePacketInfo);
    this.#received.addCopy(bytes, start + payloadStart, start + payloadStart + payload);
    this.drop(flags);
    return { data: this.#received, peer, localIp: local?.ip };
  }

  #bytesOf(id: number): Bytes {
    const view = this.#buffers.bytesOf(id);
    if (view !== this.#view) {
      this.#view = view;
      this.#bytes = Bytes.from(view.buffer, view.byteOffset, view.length);
    }
    return this.#bytes;
  }

  drop(flags: number): void {
    this.#buffers.noteTaken(1, flags);
    this.#buffers.giveBack(this.#buffers.idOf(flags));
  }

  /** A receive found no buffer. */
  noteDry(): void {
    this.#buffers.noteDry();
  }

  /** Makes what was given back available to the kernel. */
  publish(): void {
    this.#buffers.publish();
  }

  /** Undefined when too many datagrams are on their way, or the system has no memory. */
  takeStage(): DatagramStage | undefined {
    if (this.#freeStages.length === 0 && this.#stages.length < mostStages) this.#grow();
    const index = this.#freeStages.pop();
    return index === undefined ? undefined : this.#stages[index];
  }

  /** The stage of a number, until it is given back. */
  stage(index: number): DatagramStage {
    return this.#stages[index] as DatagramStage;
  }

  giveBackStage(index: number): void {
    this.stage(index).sender = undefined;
    this.#freeStages.push(index);
  }

  [Symbol.dispose](): void {
    for (const memory of [this.#buffers, this.#message, ...this.#stageMemories]) memory[Symbol.dispose]();
  }

  #grow(): void {
    const memory = this.#mapper.anonymous(stagesEach * stageStride);
    if (memory === undefined) return;
    this.#stageMemories.push(memory);
    for (let i = 0; i < stagesEach; i++) {
      this.#freeStages.push(this.#stages.length);
      this.#stages.push(new DatagramStage(this.#stages.length, memory, i * stageStride));
    }
  }
}

/** Where one datagram is put together; its own until it was sent. */
export class DatagramStage {
  /** By which the completion is told from others. */
  readonly index: number;
  sender: UdpSender | undefined = undefined;
  readonly messageLow: number;
  readonly messageHigh: number;
  readonly #bytes: Bytes;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #peerPointer: bigint;
  readonly #controlPointer: bigint;

  constructor(index: number, memory: MappedMemory, start: number) {
    const pointer = memory.pointer + BigInt(start);
    this.index = index;
    this.messageLow = lowWord(pointer);
    this.messageHigh = highWord(pointer);
    this.#bytes = Bytes.from(memory.bytes.buffer, start, stageStride);
    this.#words = new Int32Array(memory.bytes.buffer, start, sendPayloadStart / 4);
    this.#peerPointer = pointer + BigInt(peerStart);
    this.#controlPointer = pointer + BigInt(sendControlStart);
    this.#setPointer(4, pointer + BigInt(vectorStart));
    this.#words[6] = 1;
    this.#setPointer(vectorStart / 4, pointer + BigInt(sendPayloadStart));
  }

  /** False when it is too long for any datagram. `data` stays as it is. */
  fill(data: Buffer, peer: Uint8Array | undefined, localIp: IpAddress | undefined): boolean {
    if (data.length > payloadBytes) return false;
    data.copyOut(0, this.#bytes.subarray(sendPayloadStart, sendPayloadStart + data.length));
    this.#words[vectorStart / 4 + 2] = data.length;
    if (peer !== undefined) this.#bytes.set(peer, peerStart);
    this.#setPointer(0, peer === undefined ? 0n : this.#peerPointer);
    this.#words[2] = peer?.length ?? 0;
    const control = localIp === undefined ? 0 : this.#setPacketInfo(localIp);
    this.#setPointer(8, control === 0 ? 0n : this.#controlPointer);
    this.#words[10] = control;
    return true;
  }

  /** Answers how long the control message is. */
  #setPacketInfo({ ipVersion, words }: IpAddress): number {
    const isIpv4 = ipVersion === 4;
    const bytes = this.#bytes;
    const start = sendControlStart;
    const length = controlHeaderBytes + (isIpv4 ? 12 : 20);
    bytes.fill(0, start, start + 40);
    bytes.writeUInt32LE(length, start);
    bytes.writeUInt32LE(isIpv4 ? ipv4Level : ipv6Level, start + 8);
    bytes.writeUInt32LE(isIpv4 ? ipv4PacketInfo : ipv6PacketInfo, start + 12);
    const at = start + controlHeaderBytes + (isIpv4 ? 4 : 0);
    for (const [i, word] of words.entries()) bytes.writeInt32BE(word | 0, at + 4 * i);
    return isIpv4 ? 32 : 40;
  }

  #setPointer(word: number, pointer: bigint): void {
    this.#words[word] = lowWord(pointer);
    this.#words[word + 1] = highWord(pointer);
  }
}

/** The IP address in the first control message that has one. */
function decodePacketInfo(control: Bytes): Address | undefined {
  for (let at = 0; at + controlHeaderBytes <= control.length; ) {
    const length = control.readUInt32LE(at);
    const level = control.readUInt32LE(at + 8);
    const type = control.readUInt32LE(at + 12);
    const data = at + controlHeaderBytes;
    if (level === ipv4Level && type === ipv4PacketInfo) return new IpAddress(ipText(control, data + 8, 1), 0);
    if (level === ipv6Level && type === ipv6PacketInfo) return IpAddress.ofSocket(ipText(control, data, 4), 0);
    at += Math.max(controlHeaderBytes, (length + 7) & ~7);
  }
  return undefined;
}

function ipText(bytes: Bytes, at: number, words: 1 | 4): string {
  const word = (index: number): number => bytes.readUInt32BE(at + 4 * index);
  return formatIp(words === 1 ? [word(0)] : [word(0), word(1), word(2), word(3)]);
}
