// The bytes of a row in four forms, which light each other.

import { Bits } from "./bits.js";
import { Drawing } from "./drawing.js";
import { bytesSpan, fieldAt, Fields } from "./fields.js";
import { HexDump } from "./hex_dump.js";
import { withoutReserved } from "./roles.js";

/** Fields and hex dump; of a frame also its first bits, and its drawing. */
export class Forms {
  /** `spoken` is where the byte under the cursor is said to a screen reader. */
  constructor(details, perLine, spoken) {
    const shown = { ...details, fields: withoutReserved(details.fields) };
    const point = (index) => this.light(index ?? this.fields.focused());
    this.spoken = spoken;
    this.fields = new Fields(shown, point);
    this.hex = new HexDump(shown, perLine, (index) => this.lightByte(index));
    this.bits = details.frame ? new Bits(details.hex) : null;
    this.drawing = details.frame ? new Drawing(shown, point,
      (box) => box && this.fields.focus(Number(box.dataset.field))) : null;
  }

  /** Light a field, by its index, in all forms; none for an index that no field has. */
  light(index) {
    const field = this.fields.fields[index];
    this.fields.light(index);
    this.drawing?.light(index);
    this.hex.light(field && bytesSpan(field));
    this.bits?.light(field?.bits);
  }

  lightByte(index) {
    const { fields } = this.fields;
    this.light(index === null ? this.fields.focused() : fieldAt(fields, index));
    if (index !== null && this.hex.cursor === index) this.say(index, fields[fieldAt(fields, index)]);
  }

  say(index, field) {
    const byte = `byte ${index}, hex ${this.hex.cells[index][0].textContent}`;
    this.spoken.textContent = field ? `${byte}, ${field.name}: ${field.meaning}` : byte;
  }
}
