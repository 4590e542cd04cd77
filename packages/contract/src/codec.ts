/** One decoded frame: a message, or one line that says what is wrong with it. */
export type Decoded<In> =
  | {
      readonly ok: true
      readonly message: In
      /** What it takes of its frame, where that carries several. @defaultValue as many as the frame */
      readonly bytes?: number | undefined
    }
  | { readonly ok: false; readonly issue: string; readonly raw?: unknown }

/** Frames to messages and back. All channels of a connection share it: what it remembers of one channel is in its `reader`. */
export interface Codec<In, Out, WireIn, WireOut> {
  /** Never throws. Unknown kinds are messages, not issues. */
  decode(frame: WireIn): Decoded<In>
  /**
   * For wires where a frame carries none, one or many messages: called when a channel opens; the returned reader gets
   * its frames instead of `decode`. `severalMessages()` makes one.
   */
  reader?(taker: MessageTaker<In>): FrameReader<WireIn>
  /** Several frames where one does not fit. */
  encode(message: Out): WireOut | Iterable<WireOut>
}

/** Who takes the messages of a channel. */
export interface MessageTaker<In> {
  /** Nothing more should be given until `readOn()`. */
  readonly isPaused: boolean
  /** `bytes`: the size of the frame, used for a message without a size of its own. */
  decoded(decoded: Decoded<In>, bytes: number): void
  /** The codec threw: reported, and the frame is invalid. */
  threw(error: unknown): void
}

/** Reads the frames of one channel. It keeps what continues in the next frame. */
export interface FrameReader<WireIn> {
  /** Not given while messages of the one before wait, as the channel is paused then. */
  frame(frame: WireIn): void
  /** The taker takes messages again; or nothing follows, and it takes all that are left, whatever `isPaused` says. */
  readOn(isLast?: boolean): void
}
