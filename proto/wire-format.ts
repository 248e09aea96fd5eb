/**
 * The part of the protobuf wire format that the hot messages need (codec.ts), for text that is ASCII. Whatever else may come is
 * left to `@bufbuild/protobuf`: the reader says so by {@link Unusual}.
 *
 * https://protobuf.dev/programming-guides/encoding/
 */

export const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2 } as const;

/** What a field's key says: its number and how its value is written. */
export function keyOf(field: number, wireType: number): number {
  return field * 8 + wireType;
}

/** Thrown where bytes are not of the plain kind that is read here; they may be right all the same. */
export class Unusual extends Error {
  override readonly name = 'Unusual';
}

const initialBytes = 64 * 1024;

/** Writes fields one after the other into memory that grows with the largest message written so far. */
export class FieldWriter {
  #bytes = Buffer.allocUnsafeSlow(initialBytes);
  #view = viewOf(this.#bytes);
  #at = 0;

  /** Begins a new message. */
  reset(): void {
    this.#at = 0;
  }

  /** @returns a copy of the message written since {@link reset} */
  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#at);
  }

  /** A string field; an empty one is left out, as proto3 has it. */
  string(key: number, text: string): void {
    const { length } = text;
    if (length === 0) return;
    // A UTF-16 unit takes at most three bytes.
    this.#reserve(10 + 3 * length);
    this.#varint(key);
    const lengthAt = this.#at;
    this.#varint(length);
    const textAt = this.#at;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.#at = lengthAt;
        this.#utf8(text);
        return;
      }
      bytes[textAt + index] = unit;
    }
    this.#at = textAt + length;
  }

  /** @param value a safe integer that is not negative; 0 is left out */
  integer(key: number, value: number): void {
    if (value === 0) return;
    this.#reserve(20);
    this.#varint(key);
    this.#varint(value);
  }

  /** 0 is left out, -0 is not. */
  double(key: number, value: number): void {
    if (Object.is(value, 0)) return;
    this.#reserve(20);
    this.#varint(key);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** A message within the message, of whatever `write` writes. */
  nested(key: number, write: () => void): void {
    this.#reserve(20);
    this.#varint(key);
    const lengthAt = this.#at;
    // Two bytes say lengths from 128 to 16,383; others are rare enough to move what was written.
    this.#at += 2;
    write();
    const length = this.#at - lengthAt - 2;
    const lengthBytes = varintBytes(length);
    if (lengthBytes !== 2) {
      this.#reserve(10);
      this.#bytes.copyWithin(lengthAt + lengthBytes, lengthAt + 2, this.#at);
    }
    this.#at = lengthAt;
    this.#varint(length);
    this.#at += length;
  }

  #utf8(text: string): void {
    const length = Buffer.byteLength(text);
    this.#varint(length);
    this.#bytes.write(text, this.#at);
    this.#at += length;
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Beyond it a number has lost digits. */
const safeVarintBytesMax = 7;
/** What the keys of known fields take; a longer way to write them is legal or not as the library sees it. */
const keyBytesMax = 2;
/** Of a message of up to a mebibyte, which is the most that brokers take. */
const lengthBytesMax = 3;

/** Reads fields one after the other; never beyond the end of what it was given. */
export class FieldReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, length);
    this.#view = new DataView(buffer, byteOffset, length);
  }

  get position(): number {
    return this.#at;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** A number from 0 to 2^49-1. @throws Unusual */
  varint(): number {
    return this.#varint(safeVarintBytesMax);
  }

  /** What {@link keyOf} gives. @throws Unusual */
  key(): number {
    return this.#varint(keyBytesMax);
  }

  #varint(bytesMax: number): number {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    for (let count = 0; count < bytesMax; count++) {
      const byte = bytes[this.#at++];
      if (byte === undefined) throw new Unusual('the bytes end within a number');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new Unusual('a number that is large, negative, or longer than it need be');
  }

  /** Where a length-delimited value ends. @throws Unusual when that is beyond `end` */
  end(end: number): number {
    const valueEnd = this.#varint(lengthBytesMax) + this.#at;
    if (valueEnd > end) throw new Unusual('a value ends after what it is in');
    return valueEnd;
  }

  /** @throws Unusual when it is not ASCII, or ends after `end` */
  string(end: number): string {
    const valueEnd = this.end(end);
    const start = this.#at;
    const bytes = this.#bytes;
    for (let index = start; index < valueEnd; index++) {
      if ((bytes[index] ?? 0x80) >= 0x80) throw new Unusual('text that is not ASCII');
    }
    this.#at = valueEnd;
    return bytes.toString('latin1', start, valueEnd);
  }

  /** @throws Unusual when it ends after `end` */
  double(end: number): number {
    if (this.#at + 8 > end) throw new Unusual('a number ends after what it is in');
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }
}
