import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type ScreenAnswer, ScreenModel, type ScreenPicture } from './screen-model.ts'

/** What is kept of a screen that rests, in bytes. */
const RESTING_BYTES = 131_072
/** More than this is not tried; compressed it is a fraction. */
const MAX_PICTURE_BYTES = 1_048_576
/** Of a picture that has to become smaller, as much stays each time. */
const SHRINK = 0.7

/** A screen without observers, as a compressed snapshot. It is made again when it is needed. */
export class RestingScreen {
  readonly #picture: Omit<ScreenPicture, 'bytes'>
  readonly #compressed: Uint8Array

  private constructor(picture: ScreenPicture, compressed: Uint8Array) {
    this.#picture = { at: picture.at, size: picture.size }
    this.#compressed = compressed
  }

  /** `undefined` while the output has stopped in the middle of a sequence. Lines of the past go first where it is too large. */
  static of(model: ScreenModel): RestingScreen | undefined {
    for (let maxBytes = MAX_PICTURE_BYTES; ; maxBytes *= SHRINK) {
      const picture = model.picture(maxBytes)
      if (picture.at !== model.at) return undefined
      const compressed = deflateRawSync(picture.bytes)
      // A screen that is larger by itself stays whole.
      if (compressed.length <= RESTING_BYTES || picture.bytes.length > maxBytes) {
        return new RestingScreen(picture, compressed)
      }
    }
  }

  get bytes(): number {
    return this.#compressed.length
  }

  get picture(): ScreenPicture {
    return { ...this.#picture, bytes: inflateRawSync(this.#compressed) }
  }

  /** The screen as it was; it continues where it stopped. */
  wake(asked: (answer: ScreenAnswer) => void): ScreenModel {
    const { at, size, bytes } = this.picture
    const model = new ScreenModel(size, at - bytes.length, asked)
    model.feed(bytes)
    return model
  }
}
