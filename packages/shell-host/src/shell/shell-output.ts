import type { Clock } from '@holdfast/contract'
import type { TerminalSize } from '@holdfast/protocol/shell'
import type { ShellLimits } from '../limits.ts'
import type { ScreenAnswer, ScreenPicture } from '../screen/screen-model.ts'
import type { ScreenThread } from '../screen/screen-thread.ts'
import type { ShellScreen } from '../screen/shell-screen.ts'
import { Flow, FlowKeys, type FlowSource, OutputPacer } from './flow.ts'
import { RingBuffer } from './ring-buffer.ts'
import type { ShellRecorder } from './shell-parts.ts'
import { TitleWatch } from './title-watch.ts'

/** What {@link ShellOutput} needs of its shell. */
export interface ShellOutputParts {
  readonly limits: ShellLimits
  readonly clock: Clock
  /** Where screens are drawn. @defaultValue nowhere */
  readonly screens: ScreenThread | undefined
  /** @defaultValue nothing is recorded */
  readonly recorder?: ShellRecorder | undefined
  readonly source: Pick<FlowSource, 'unconsumed' | 'socketBytes'>
  /** Clients are due to be sent what there is. */
  readonly pump: () => void
  /** Holds the program back, or lets it go on. */
  readonly pause: (paused: boolean) => void
  /** The program has asked its terminal something. */
  readonly asked: (answer: ScreenAnswer) => void
}

/** Everything that a program prints: kept, drawn, paced, and paused while a client is behind. */
export class ShellOutput {
  readonly ring: RingBuffer
  readonly #parts: ShellOutputParts
  readonly #pacer: OutputPacer
  readonly #flow: Flow
  readonly #title = new TitleWatch()
  readonly #keys: FlowKeys
  #screen: ShellScreen | undefined
  /** Pictures that are waited for: the program waits too, so that they are as of now. */
  #awaited = 0

  constructor(parts: ShellOutputParts) {
    this.#parts = parts
    this.ring = new RingBuffer(parts.limits.ringBytes)
    this.#pacer = new OutputPacer(parts.clock, parts.pump)
    this.#keys = new FlowKeys(parts.clock)
    this.#flow = new Flow({
      source: {
        ...parts.source,
        screenLagBytes: () => this.#screen?.lagBytes ?? 0,
        isHeld: () => this.#awaited > 0,
      },
      limits: parts.limits,
      clock: parts.clock,
      apply: parts.pause,
    })
  }

  /** What the program calls its terminal; `undefined` where it said nothing. */
  get title(): string | undefined {
    return this.#title.text
  }

  /** It was stopped with Ctrl+S, as far as can be seen. */
  get isStopped(): boolean {
    return this.#keys.isStopped
  }

  /** It is known what the terminal shows. */
  get hasScreen(): boolean {
    return this.#screen !== undefined
  }

  /** What is kept of the screen while it rests, in bytes; `undefined` while it is drawn. */
  get restingBytes(): number | undefined {
    return this.#screen?.restingBytes
  }

  /** A terminal of this size follows the output from now on. */
  openScreen(size: TerminalSize): void {
    const { screens, asked } = this.#parts
    this.#screen = screens?.open({ ring: this.ring, size, asked, progressed: () => this.#flow.check() })
  }

  add(chunk: Uint8Array): void {
    this.ring.append(chunk)
    // Its first waiter.
    this.#pacer.added(chunk.length)
    this.#title.feed(chunk)
    this.#keys.printed()
    this.#screen?.output(chunk)
    this.#parts.recorder?.output(chunk)
    this.#flow.check()
  }

  /** What the terminal shows. The program waits until it is known. */
  async picture(): Promise<ScreenPicture | undefined> {
    this.#awaited += 1
    this.#flow.check()
    try {
      return await this.#screen?.picture()
    } finally {
      // The caller takes its place in the output before the program continues.
      queueMicrotask(() => {
        this.#awaited -= 1
        this.#flow.check()
      })
    }
  }

  resize(size: TerminalSize): void {
    this.#screen?.resize(size)
    this.#parts.recorder?.resized(size)
  }

  /** Who is attached: without a writer the screen answers for its terminal, and without anybody it rests after a while. */
  setAudience({ hasWriter, isAlone }: { readonly hasWriter: boolean; readonly isAlone: boolean }): void {
    this.#screen?.hurry(!hasWriter)
    this.#screen?.setAlone(isAlone)
  }

  /** There was input. */
  typed(bytes: Uint8Array): void {
    this.#pacer.typed()
    this.#keys.typed(bytes)
  }

  /** More was acknowledged, or a client came or left. */
  check(): void {
    this.#flow.check()
  }

  /** The program is to end: nothing holds it back any more. */
  release(): void {
    this.#flow.stop()
  }

  /** It has ended; what is kept stays. */
  ended(): void {
    this.#pacer.stop()
    this.ring.compact()
    this.#flow.stop()
  }

  dispose(): void {
    this.#pacer.stop()
    this.#flow.stop()
    this.#screen?.close()
  }
}
