import type { Clock, Logger } from '@holdfast/contract'
import { shellError } from '../errors.ts'
import type { RecordingOptions } from '../recording/recording-options.ts'
import { Recordings } from '../recording/recordings.ts'
import type { ShellRecorder } from '../shell/shell-parts.ts'
import type { AttachPlan } from './admission-request.ts'
import { programName } from './shell-summary.ts'
import type { SpawnDecision } from './spawn-policy.ts'

/** Recorders for the shells of a host, as its options have it. */
export class ShellRecorders {
  readonly #options: () => RecordingOptions | undefined
  readonly #clock: Clock
  readonly #logger: Logger
  /** By folder. */
  readonly #recordings = new Map<string, Recordings>()

  constructor(options: (() => RecordingOptions | undefined) | undefined, clock: Clock, logger: Logger) {
    this.#options = options ?? (() => undefined)
    this.#clock = clock
    this.#logger = logger
  }

  /** @throws `shell/not_allowed` where a recording is asked for that is not made here */
  check({ target, request }: Pick<AttachPlan, 'target' | 'request'>): void {
    if (target.record === undefined) return
    if (this.#options() === undefined) throw shellError('shell/not_allowed', 'This server makes no recordings.')
    if (!request.tty) throw shellError('shell/not_allowed', 'Only shells with a terminal are recorded.')
  }

  /** The recorder of a new shell; `undefined` where none is wanted, or none can be made. */
  of(
    plan: AttachPlan,
    decision: SpawnDecision,
    shell: { readonly owner: string; readonly epoch: string; readonly size: () => AttachPlan['request']['size'] },
  ): ShellRecorder | undefined {
    const options = this.#options()
    const { target, request, shellId, sessionId } = plan
    if (options === undefined || !request.tty || (target.record === undefined && options.which === 'asked'))
      return undefined
    try {
      const { recorder, ended } = this.#in(options).begin({
        ...{ ...shell, shellId, sessionId, name: target.name, program: programName(decision) },
        ...{ startedAt: this.#clock.epoch(), input: target.record === 'input', terminal: decision.env['TERM'] },
      })
      return {
        id: recorder.id,
        follow: (hidesInput) => recorder.follow(hidesInput),
        output: (chunk) => recorder.output(chunk),
        typed: (bytes) => recorder.typed(bytes),
        resized: (to) => recorder.resized(to),
        ended,
      }
    } catch (error) {
      this.#logger.warn('a shell cannot be recorded', { shellId, error: String(error) })
      return undefined
    }
  }

  /** What is recorded is on the disk. */
  async close(): Promise<void> {
    await Promise.all([...this.#recordings.values()].map((one) => one.close()))
  }

  #in({ folder, limits }: RecordingOptions): Recordings {
    const known = this.#recordings.get(folder)
    if (known !== undefined) return known
    const made = new Recordings(folder, { limits, clock: this.#clock, logger: this.#logger })
    this.#recordings.set(folder, made)
    return made
  }
}
