import { Store } from '../store.ts'
import { stepsUntil, type Timeline } from './timeline.ts'

/** Where a recording is shown. */
export interface PlayedScreen {
  /** Begins anew, with this size. */
  reset(width: number, height: number): void
  resize(width: number, height: number): void
  write(text: string): void
}

/** Pieces that go to the screen together: seeking in a long recording is many. */
const MAX_PIECE = 262_144

/** A recording that is played on a screen: with the time, or at any moment of it. */
export class Playback extends Store {
  readonly timeline: Timeline
  readonly #size: { readonly width: number; readonly height: number }
  positionMs = 0
  speed = 1
  isPlaying = false
  #screen: PlayedScreen | undefined
  #done = 0
  #frame: number | undefined
  #lastFrame = 0

  constructor(timeline: Timeline, size: { readonly width: number; readonly height: number }) {
    super()
    this.timeline = timeline
    this.#size = size
  }

  /** Shows it there, from where it is. */
  show(screen: PlayedScreen): void {
    this.#screen = screen
    this.seek(this.positionMs)
  }

  toggle(): void {
    if (this.isPlaying) return this.pause()
    if (this.positionMs >= this.timeline.durationMs) this.seek(0)
    this.isPlaying = true
    this.#lastFrame = performance.now()
    this.#next()
    this.changed()
  }

  pause(): void {
    this.isPlaying = false
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = undefined
    this.changed()
  }

  /** A screen goes forward only: to an earlier moment it begins anew. */
  seek(ms: number): void {
    this.positionMs = Math.min(Math.max(ms, 0), this.timeline.durationMs)
    const target = stepsUntil(this.timeline, this.positionMs)
    if (target < this.#done || this.#done === 0) {
      this.#screen?.reset(this.#size.width, this.#size.height)
      this.#done = 0
    }
    this.#do(target)
    this.changed()
  }

  setSpeed(times: number): void {
    this.speed = times
    this.changed()
  }

  #next(): void {
    this.#frame = requestAnimationFrame((now) => {
      this.positionMs = Math.min(this.positionMs + (now - this.#lastFrame) * this.speed, this.timeline.durationMs)
      this.#lastFrame = now
      this.#do(stepsUntil(this.timeline, this.positionMs))
      if (this.positionMs >= this.timeline.durationMs) return this.pause()
      this.#next()
      this.changed()
    })
  }

  #do(target: number): void {
    let text = ''
    const flush = (): void => {
      if (text !== '') this.#screen?.write(text)
      text = ''
    }
    for (; this.#done < target; this.#done += 1) {
      const step = this.timeline.steps[this.#done]
      if (step?.kind === 'resize') {
        flush()
        this.#screen?.resize(step.width, step.height)
      } else if (step !== undefined) text += step.text
      if (text.length > MAX_PIECE) flush()
    }
    flush()
  }
}
