import type { Batch } from '../batch.ts'
import { WireType } from '../wire/wire-type.ts'
import type { ScanFault } from './limits.ts'

/**
 * What the scanner does with a field. `keep*` kinds write the row's slots, `value*` kinds are the members of
 * AnyValue and write the three slots kind, start, end (see `ATTRIBUTE`).
 */
export const FieldKind = {
  unknown: 0,
  wrongWireType: 1,
  /** uint32, int32 or enum: one slot, the low 32 bits. */
  varint32: 2,
  fixed32: 3,
  /** Two slots, low word first. */
  fixed64: 4,
  valueBool: 5,
  valueInt: 6,
  valueDouble: 7,
  /** sint32: one slot, decoded. */
  sint32: 8,
  /** bool: one slot, 0 or 1. */
  flag: 9,
  /** As `fixed64`, of a double. */
  double: 10,
  /** A double that may be absent: two slots, then 1. */
  optionalDouble: 11,
  /** A member of the oneof `value` of a data point or exemplar: `ValueKind`, then two slots. */
  numberDouble: 12,
  numberInt: 13,
  /** One element of a repeated number that is not packed; never written in a field table. */
  element64: 14,
  elementVarint: 15,
  /** UTF-8 text: start and end. The first of the length-delimited kinds. */
  text: 16,
  /** Bytes of one fixed length: start and length. */
  id: 17,
  /** Repeated KeyValue: the first row in the batch's attributes, and how many. */
  attributes: 18,
  /**
   * Repeated message whose every occurrence is a row of its own; scanned after the fields of the row it is in. Rows of
   * a record: the slots are the first of them and how many.
   */
  rows: 19,
  /** A message that writes into the row it stands in; occurrences merge. */
  message: 20,
  /**
   * A message of a oneof, as `message`; the slot gets its field number. Another member of the oneof takes its place:
   * its fields are forgotten, and its rows are not looked at.
   */
  choice: 21,
  /** AnyValue: kind, start, end. */
  anyValue: 22,
  valueText: 23,
  valueBytes: 24,
  /** ArrayValue or KeyValueList: its bytes are checked and kept as they are. */
  valueNested: 25,
  /** repeated fixed64, double, uint64: the first element in one of the batch's arrays, and how many. */
  packedFixed64: 26,
  packedDouble: 27,
  packedVarint: 28,
} as const
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind]

const WIRE_TYPES: Readonly<Record<number, number>> = {
  [FieldKind.varint32]: WireType.varint,
  [FieldKind.fixed32]: WireType.fixed32,
  [FieldKind.fixed64]: WireType.fixed64,
  [FieldKind.valueBool]: WireType.varint,
  [FieldKind.valueInt]: WireType.varint,
  [FieldKind.valueDouble]: WireType.fixed64,
  [FieldKind.sint32]: WireType.varint,
  [FieldKind.flag]: WireType.varint,
  [FieldKind.double]: WireType.fixed64,
  [FieldKind.optionalDouble]: WireType.fixed64,
  [FieldKind.numberDouble]: WireType.fixed64,
  [FieldKind.numberInt]: WireType.fixed64,
}

/** Writers may send the elements of a packed field one by one (protobuf, "Encoding", packed repeated fields). */
const ELEMENTS: ReadonlyMap<FieldKind, { readonly wireType: number; readonly kind: FieldKind }> = new Map([
  [FieldKind.packedFixed64, { wireType: WireType.fixed64, kind: FieldKind.element64 }],
  [FieldKind.packedDouble, { wireType: WireType.fixed64, kind: FieldKind.element64 }],
  [FieldKind.packedVarint, { wireType: WireType.varint, kind: FieldKind.elementVarint }],
])

export type Field = {
  readonly number: number
  /** As in the .proto file; OTLP/JSON uses its lowerCamelCase form. */
  readonly name: string
  readonly kind: FieldKind
  /** First slot in the row, or the `ValueKind` of a member of AnyValue. */
  readonly slot: number
  /** For `message`, `choice`, `rows`, `anyValue`, `attributes` and `valueNested`. */
  readonly message?: Message
  /** For an enum: its values by name, which OTLP/JSON may send in place of numbers. */
  readonly names?: ReadonlyMap<string, number>
  /** For `id`. */
  readonly id?: { readonly length: number; readonly invalid: 'invalidTraceId' | 'invalidSpanId' }
  /** For packed numbers: which of the batch's arrays they go to. */
  readonly array?: 0 | 1
}

/** The batch's tables of rows, from the outermost in: groups of records, records, what belongs to a record. */
export const Level = {
  resource: 0,
  scope: 1,
  metric: 2,
  record: 3,
  event: 4,
  link: 5,
  exemplar: 6,
  quantile: 7,
  none: 8,
} as const
export type Level = (typeof Level)[keyof typeof Level]

/** Finds what is wrong with a row whose fields are all there, if anything. */
export type RowCheck = (batch: Batch, data: Uint32Array, base: number) => ScanFault | undefined

/** A one-byte or two-byte tag of a known field is below this. */
export const TAGS = 256

/**
 * A protobuf message type: the field table as written down, and the same as small typed arrays, so that the
 * scanner's loop over any message is one and the same machine code.
 */
export class Message {
  readonly name: string
  readonly fields: ReadonlyArray<Field>
  /** Which of the batch's tables its rows stand in. */
  readonly level: Level
  /** By tag (number and wire type): the kind, `wrongWireType` for a known number, or `unknown`. */
  readonly kinds = new Uint8Array(TAGS)
  /** By field number. */
  readonly slots = new Uint8Array(TAGS >>> 3)
  readonly messages: Array<Message | undefined> = new Array(TAGS >>> 3).fill(undefined)
  readonly arrays = new Uint8Array(TAGS >>> 3)
  /** Fields of this row, those of merged messages included, that are judged when the row is complete. */
  readonly ids: ReadonlyArray<Field>
  /** Slot of the row's attributes, -1 if it has none. */
  readonly attributesSlot: number
  readonly check: RowCheck | undefined
  /** One-slot fields of the `choice` members. */
  readonly choiceSlots: ReadonlyArray<number>

  constructor(name: string, level: Level, fields: ReadonlyArray<Field>, check?: RowCheck) {
    this.name = name
    this.level = level
    this.fields = fields
    this.check = check
    for (const field of fields) this.#compile(field)
    this.ids = fields.filter((field) => field.kind === FieldKind.id)
    this.attributesSlot = attributesSlotOf(fields)
    this.choiceSlots = choiceSlotsOf(fields)
  }

  #compile(field: Field): void {
    const tag = field.number << 3
    if (tag >= TAGS)
      throw new Error(
        `BUG: ${this.name}.${field.name}: field numbers above ${(TAGS >>> 3) - 1} need a larger table`,
      )
    for (let wireType = 0; wireType < 8; wireType++) this.kinds[tag | wireType] = FieldKind.wrongWireType
    this.kinds[tag | wireTypeOf(field.kind)] = field.kind
    const element = ELEMENTS.get(field.kind)
    if (element !== undefined) this.kinds[tag | element.wireType] = element.kind
    this.slots[field.number] = field.slot
    this.messages[field.number] = field.message
    this.arrays[field.number] = field.array ?? 0
  }

  /** For messages that contain themselves: AnyValue's arrays hold AnyValues. */
  contain(number: number, message: Message): void {
    this.messages[number] = message
  }

  /** `LogRecord.body`, for the sender of a malformed message. */
  pathOf(number: number): string {
    const field = this.fieldOf(number)
    return field === undefined ? `${this.name}, field ${number}` : `${this.name}.${field.name}`
  }

  fieldOf(number: number): Field | undefined {
    return this.fields.find((field) => field.number === number)
  }
}

export function wireTypeOf(kind: FieldKind): number {
  return WIRE_TYPES[kind] ?? WireType.bytes
}

function attributesSlotOf(fields: ReadonlyArray<Field>): number {
  for (const field of fields) {
    if (field.kind === FieldKind.attributes) return field.slot
    if (field.kind !== FieldKind.message || field.message === undefined) continue
    if (field.message.attributesSlot >= 0) return field.message.attributesSlot
  }
  return -1
}

function choiceSlotsOf(fields: ReadonlyArray<Field>): ReadonlyArray<number> {
  const members = fields.filter(({ kind }) => kind === FieldKind.choice)
  const own = members.flatMap(({ message }) => message!.fields).filter(({ kind }) => kind !== FieldKind.rows)
  return [...new Set(own.map(({ slot }) => slot))]
}
