import type { Buffer } from '../../../sdk/buffer.ts';
import { alertFault, type TlsFault } from '../../common/tls/tls-fault.ts';
import { type ClientHello, isFault, parseClientHello } from './client-hello.ts';
import { HelloFaults } from './hello-faults.ts';
import { isV2Hello, parseV2Hello, v2HeaderBytes, v2Length } from './v2-hello.ts';

/** `closed`: the client said goodbye (close_notify) before anything else. */
export type HelloResult = ClientHello | TlsFault | 'incomplete' | 'closed';

const recordHeaderBytes = 5;
/** Of a record as BoringSSL takes it: plaintext, and what encryption may add. */
const maxRecordBytes = 16_384 + 256 + 64;
const messageHeaderBytes = 4;
const maxMessageBytes = 16_384;
const maxEmptyRecords = 32;
const maxWarnings = 4;
const contentTypes = { alert: 21, handshake: 22 } as const;
const clientHelloType = 1;
const alertLevels = { warning: 1, fatal: 2 } as const;
const closeNotify = 0;

/**
 * Looks for a ClientHello at the front of a stream: sans-IO, nothing is drained, and bytes that were looked at once are
 * not looked at again. Holds no more than one message of 16 KiB. Accepts and refuses what BoringSSL does, with its words.
 */
export class ClientHelloReader {
  #consumed = 0;
  /** Bytes from the beginning of the stream without which there is nothing to do. */
  #needed = recordHeaderBytes;
  #message = new Uint8Array(0);
  #emptyRecords = 0;
  #warnings = 0;

  /** Bytes that have been made use of. */
  get consumedBytes(): number {
    return this.#consumed;
  }

  /** @param stream all that has come so far, of which the first `limitBytes` count. */
  read(stream: Buffer, limitBytes: number): HelloResult {
    const available = Math.min(stream.length, limitBytes);
    while (available >= this.#needed) {
      const result = this.#readRecord(stream.linearize(this.#needed), available);
      if (result !== undefined) return result;
    }
    return 'incomplete';
  }

  /** Reads a record when all of it is there, else asks for it; undefined: look again. */
  #readRecord(bytes: Uint8Array, available: number): HelloResult | undefined {
    const head = bytes.subarray(this.#consumed, this.#consumed + recordHeaderBytes);
    if (this.#consumed === 0) {
      const fault = otherProtocol(head);
      if (fault !== undefined) return this.#refuseHead(fault);
      if (isV2Hello(head)) return this.#readV2(bytes, available);
    }
    const length = recordLength(head);
    if (typeof length !== 'number') return this.#refuseHead(length);
    const end = this.#consumed + recordHeaderBytes + length;
    if (bytes.length < end) return this.#askFor(end, available);
    const body = bytes.subarray(this.#consumed + recordHeaderBytes, end);
    this.#consumed = end;
    this.#needed = end + recordHeaderBytes;
    return this.#take(head[0] as number, body);
  }

  #askFor(end: number, available: number): HelloResult | undefined {
    this.#needed = end;
    return available < end ? 'incomplete' : undefined;
  }

  #refuseHead(fault: TlsFault): TlsFault {
    this.#consumed += recordHeaderBytes;
    return fault;
  }

  #readV2(bytes: Uint8Array, available: number): HelloResult | undefined {
    const length = v2Length(bytes);
    if (typeof length !== 'number') return this.#refuseHead(length);
    const end = v2HeaderBytes + length;
    if (bytes.length < end) return this.#askFor(end, available);
    this.#consumed = end;
    return parseV2Hello(bytes.subarray(v2HeaderBytes, end));
  }

  #take(type: number, body: Uint8Array): HelloResult | undefined {
    if (type === contentTypes.alert) return this.#takeAlert(body);
    if (type !== contentTypes.handshake) return HelloFaults.UnexpectedRecord;
    if (body.length === 0) {
      this.#emptyRecords++;
      return this.#emptyRecords > maxEmptyRecords ? HelloFaults.TooManyEmptyFragments : undefined;
    }
    this.#emptyRecords = 0;
    this.#warnings = 0;
    this.#message = joined(this.#message, body);
    return this.#readMessage();
  }

  #takeAlert(body: Uint8Array): HelloResult | undefined {
    const [level, description] = body;
    if (body.length !== 2 || level === undefined || description === undefined) return HelloFaults.BadAlert;
    if (level === alertLevels.fatal) return alertFault(description);
    if (level !== alertLevels.warning) return HelloFaults.UnknownAlertType;
    if (description === closeNotify) return 'closed';
    this.#warnings++;
    return this.#warnings > maxWarnings ? HelloFaults.TooManyWarningAlerts : undefined;
  }

  #readMessage(): HelloResult | undefined {
    const message = this.#message;
    if (message.length < messageHeaderBytes) return undefined;
    const [type, high = 0, middle = 0, low = 0] = message;
    const end = messageHeaderBytes + high * 65_536 + middle * 256 + low;
    if (end - messageHeaderBytes > maxMessageBytes) return HelloFaults.ExcessiveMessageSize;
    if (message.length < end) return undefined;
    if (type !== clientHelloType) return HelloFaults.UnexpectedMessage;
    const hello = parseClientHello(message.subarray(messageHeaderBytes, end));
    return message.length > end && !isFault(hello) ? HelloFaults.ExcessHandshakeData : hello;
  }
}

function joined(front: Uint8Array, back: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(front.length + back.length);
  both.set(front);
  both.set(back, front.length);
  return both;
}

/** Length of a record's body, or what is wrong with its head. */
function recordLength(head: Uint8Array): number | TlsFault {
  if (head[1] !== 3) return HelloFaults.WrongVersionNumber;
  const length = (head[3] as number) * 256 + (head[4] as number);
  return length > maxRecordBytes ? HelloFaults.EncryptedLengthTooLong : length;
}

/** HTTP in the clear is told by name. */
function otherProtocol(head: Uint8Array): TlsFault | undefined {
  const text = String.fromCharCode(...head);
  if (text === 'CONNE') return HelloFaults.HttpsProxyRequest;
  return /^(?:GET |POST |HEAD |PUT )/.test(text) ? HelloFaults.HttpRequest : undefined;
}
