/** One decoded frame: a message, or one line that says what was wrong with it. */
export type Decoded<In> =
  | { readonly ok: true; readonly message: In }
  | { readonly ok: false; readonly issue: string; readonly raw?: unknown }

/** Frames to messages and back. */
export interface Codec<In, Out, WireIn, WireOut> {
  /** Never throws. Unknown kinds are messages, not issues. */
  decode(frame: WireIn): Decoded<In>
  /** For wires where a frame carries none, one or many messages: asked instead of `decode`. Never throws. */
  decodeAll?(frame: WireIn): Iterable<Decoded<In>>
  /** For codecs with a memory, such as a line that goes on in the next frame: one for each channel, asked when it opens. */
  forChannel?(): Codec<In, Out, WireIn, WireOut>
  /** Several frames where one does not fit. */
  encode(message: Out): WireOut | Iterable<WireOut>
}
