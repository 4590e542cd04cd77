/** One decoded frame: a message, or one line that says what was wrong with it. */
export type Decoded<In> =
  | { readonly ok: true; readonly message: In }
  | { readonly ok: false; readonly issue: string; readonly raw: unknown }

/** Frames to messages and back. */
export interface Codec<In, Out, WireIn, WireOut> {
  /** Never throws. Unknown kinds are messages, not issues. */
  decode(frame: WireIn): Decoded<In>
  /** Several frames where one does not fit. */
  encode(message: Out): WireOut | Iterable<WireOut>
}
