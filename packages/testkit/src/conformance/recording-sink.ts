import type { ChannelEnd, ChannelSink } from '@holdfast/contract'

/** A sink that remembers what it was told, in order, and lets a test wait for it. */
export class RecordingSink<In> implements ChannelSink<In> {
  readonly frames: In[] = []
  readonly ends: ChannelEnd[] = []
  /** What was told after the end. Must stay empty. */
  readonly late: string[] = []
  pongs = 0
  readonly #react: (frame: In) => void
  #waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = []

  constructor(react: (frame: In) => void = () => {}) {
    this.#react = react
  }

  frame(frame: In): void {
    if (this.ends.length > 0) this.late.push('frame')
    this.frames.push(frame)
    this.#react(frame)
    this.#wake()
  }

  pong(): void {
    if (this.ends.length > 0) this.late.push('pong')
    this.pongs += 1
    this.#wake()
  }

  closed(end: ChannelEnd): void {
    if (this.ends.length > 0) this.late.push('closed')
    this.ends.push(end)
    this.#wake()
  }

  /** The first `count` frames, once that many have come. */
  async received(count: number): Promise<readonly In[]> {
    await this.#until(() => this.frames.length >= count)
    return this.frames.slice(0, count)
  }

  async ended(): Promise<ChannelEnd> {
    await this.#until(() => this.ends.length > 0)
    const [end] = this.ends
    if (end === undefined) throw new Error('A sink ended without an end.')
    return end
  }

  async ponged(): Promise<void> {
    await this.#until(() => this.pongs > 0)
  }

  #until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ met, resolve }))
  }

  #wake(): void {
    const met = this.#waiting.filter((entry) => entry.met())
    if (met.length === 0) return
    this.#waiting = this.#waiting.filter((entry) => !met.includes(entry))
    for (const entry of met) entry.resolve()
  }
}
