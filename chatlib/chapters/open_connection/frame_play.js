// A frame to play with: controls on one side, what becomes of the frame on the other.

import { freshId, make } from "../../front/elements.js";
import { keepTyping } from "../../front/keys.js";
import { count, number } from "../../front/numbers.js";
import { kindChip, OPCODES } from "../../front/wire/kinds.js";
import { encode, fieldsOf, problemsOf, textProblems } from "../../front/wire/frame.js";
import { Forms } from "../../front/wire/forms.js";
import { formsTable, plainTable } from "../../front/wire/details.js";

// Where the slider of the length stops: every length up to 130, then those where something changes.
const LENGTHS = [...Array(131).keys(), 200, 300, 1000, 10_000, 65_534, 65_535, 65_536, 65_537, 70_000];
const SHOWN = 64; // bytes of the frame that are shown
const CLOSE_CODE = [0x03, 0xe8];

const hex = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");

class FramePlay {
  constructor() {
    this.state = { sender: "client", opcode: 1, fin: true, rsv1: false, masked: true, lengthBits: 7,
      length: 4, text: "Halo", key: [0x37, 0xfa, 0x21, 0x3d] };
    this.spoken = make("div", { class: "unseen", role: "status" });
    this.verdict = make("div", { class: "verdict", role: "status" });
    this.view = make("div", { class: "details view" });
    this.keyBits = [];
    const title = make("h2", { id: freshId("play"), text: "Play with a frame" });
    this.element = make("div", { class: "chatlib-frame", role: "group", "aria-labelledby": title.id,
      onkeydown: keepTyping }, title,
    make("div", { class: "play" }, this.controls(), make("div", { class: "result" }, this.verdict, this.view)),
    this.spoken);
    this.draw();
  }

  set(change) {
    Object.assign(this.state, change);
    this.draw();
  }

  controls() {
    const { state } = this;
    this.opcodeWords = make("output", {});
    this.lengthWords = make("output", {});
    return make("div", { class: "controls" },
      this.choice("Sent by a", [["client", "client"], ["server", "server"]], (sender) => this.set({ sender })),
      this.toggle("FIN", "fin"), this.toggle("RSV1", "rsv1"), this.toggle("MASK", "masked"),
      this.slider("opcode", 15, state.opcode, this.opcodeWords, (opcode) => this.set({ opcode })),
      this.slider("payload length", LENGTHS.length - 1, LENGTHS.indexOf(state.length), this.lengthWords,
        (index) => this.set({ length: LENGTHS[index] })),
      this.choice("written in", [[7, "the shortest form"], [16, "16 bits at least"], [64, "64 bits"]],
        (bits) => this.set({ lengthBits: Number(bits) })),
      this.text(), this.key());
  }

  choice(label, entries, onchange) {
    const select = make("select", { onchange: () => onchange(select.value) },
      ...entries.map(([value, text]) => make("option", { value, text })));
    return make("label", { class: "control" }, make("span", { text: label }), select);
  }

  toggle(label, name) {
    const box = make("input", { type: "checkbox", checked: this.state[name],
      onchange: () => this.set({ [name]: box.checked }) });
    return make("label", { class: "control" }, make("span", { text: label }), box);
  }

  slider(label, max, value, words, oninput) {
    const range = make("input", { type: "range", min: 0, max, value, oninput: () => oninput(Number(range.value)) });
    return make("label", { class: "control wide" }, make("span", { text: label }), range, words);
  }

  text() {
    const field = make("input", { type: "text", value: this.state.text, maxlength: 200, dir: "auto",
      oninput: () => {
        const size = new TextEncoder().encode(field.value).length;
        this.range.value = String(LENGTHS.findIndex((length) => length >= size));
        this.set({ text: field.value, length: LENGTHS[Number(this.range.value)] });
      } });
    return make("label", { class: "control wide" }, make("span", { text: "text" }), field);
  }

  key() {
    const octets = this.state.key.map((_, octet) => make("span", { class: "octet" },
      ...Array.from({ length: 8 }, (__, bit) => this.bit(octet, bit))));
    this.keyElement = make("div", { class: "control wide" }, make("span", { text: "masking key" }),
      make("span", { class: "octets-of-key" }, ...octets));
    return this.keyElement;
  }

  bit(octet, bit) {
    const press = () => {
      const key = [...this.state.key];
      key[octet] ^= 128 >> bit;
      this.set({ key });
    };
    const element = make("button", { type: "button", class: "bit", onclick: press,
      "aria-label": `byte ${octet} of the masking key, bit ${bit}` });
    this.keyBits.push({ element, octet, bit });
    return element;
  }

  /** The text, again and again until it has the length; a close frame begins with its code. */
  payload() {
    const { text, length, opcode } = this.state;
    const letters = [...new TextEncoder().encode(text || "x")];
    const before = opcode === 8 ? CLOSE_CODE.slice(0, length) : [];
    return [...before, ...Array.from({ length: length - before.length }, (_, at) => letters[at % letters.length])];
  }

  draw() {
    const { opcode, fin, rsv1, masked, key, lengthBits, sender, length } = this.state;
    this.range ??= this.element.querySelectorAll('input[type="range"]')[1];
    this.opcodeWords.textContent = `${opcode} ${OPCODES[opcode] ?? "reserved"}`;
    this.lengthWords.textContent = number(length);
    this.range.setAttribute("aria-valuetext", number(length));
    this.keyElement.hidden = !masked;
    for (const { element, octet, bit } of this.keyBits) {
      const value = (key[octet] >> (7 - bit)) & 1;
      element.textContent = value;
      element.setAttribute("aria-pressed", value === 1);
    }
    const frame = { opcode, fin, rsv1, key: masked ? key : null, payload: this.payload(), lengthBits };
    this.judge([...problemsOf(frame, sender), ...textProblems(frame)]);
    this.show(frame, encode(frame));
  }

  judge(problems) {
    this.verdict.replaceChildren(...(problems.length ? problems.map(({ rule, section }) =>
      make("p", { class: "problem" }, kindChip("problem", "broken rule"), ` ${rule} `,
        make("span", { class: "section", text: section })))
      : [make("p", { class: "fine", text: "✓ This frame breaks no rule." })]));
  }

  show(frame, bytes) {
    const details = { frame: true, hex: hex(bytes.slice(0, SHOWN)), fields: fieldsOf(frame), chunks: [] };
    const forms = new Forms(details, 16, this.spoken);
    const { payload, key } = frame;
    const name = key ? "Unmasked" : "Not masked";
    const masked = key ? [["Masked, on the wire", payload.length, hex(bytes.slice(-payload.length).slice(0, SHOWN))]] : [];
    const more = bytes.length - SHOWN;
    this.view.replaceChildren(make("h4", { text: `Bytes on the wire: ${count(bytes.length, "byte")}` }),
      forms.bits.element, forms.hex.element, forms.hex.legend,
      make("p", { class: "note", text: more > 0 ? `${count(more, "more byte")} not shown here.` : "" }),
      forms.drawing.element, forms.fields.element,
      ...(payload.length ? [plainTable(formsTable([...masked,
        [name, payload.length, hex(payload.slice(0, SHOWN))]]))] : []));
  }
}

export default () => ({
  render({ el }) {
    el.append(new FramePlay().element);
  },
});
