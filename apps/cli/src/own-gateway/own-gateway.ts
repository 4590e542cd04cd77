import { type GatewayAddress, readAddress } from '@holdfast/app-gateway/address-file'
import { authorization } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { UserError } from '../user-error.ts'
import { makeDataFolder } from './data-folder.ts'
import { gatewayLog, type StartedGateway, startOwnGateway } from './start-own-gateway.ts'

/** A gateway that is starting, or draining, is waited for. */
const PATIENCE_MS = 60_000
/** A gateway that has a folder says so at once: who has one and does not is none that can be joined … */
const UNTOLD_MS = 5_000
/** … and one that says so, and has released its clients, drains. */
const DRAIN_MS = 15_000
const LOOK_MS = 100
/** Between two starts, where the folder was taken. */
const AGAIN_MS = 500
const ANSWER_MS = 5_000

/**
 * The gateway of one data folder, which this user's programs share: who comes first starts it, and the lock of the folder
 * decides who that is. It has no owner, and continues when the process that started it ends.
 */
export class OwnGateway {
  readonly #folder: string
  #finding: Promise<GatewayAddress> | undefined
  #last: GatewayAddress | undefined

  /** @param folder its data */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Where it is: the one that runs, else one that is started now. One call at a time.
   * @throws UserError where none can be started, or something else has the folder
   */
  find(): Promise<GatewayAddress> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined
    })
    return this.#finding
  }

  /** Where to dial next. Never rejects once {@link find} has found one: what cannot be started is dialled in vain. */
  async next(failed: (error: unknown) => void): Promise<GatewayAddress> {
    const known = readAddress(this.#folder)
    if (known !== undefined && (await stateOf(known)) !== 'gone') return known
    try {
      return await this.find()
    } catch (error) {
      if (this.#last === undefined) throw error
      failed(error)
      return this.#last
    }
  }

  async #find(): Promise<GatewayAddress> {
    makeDataFolder(this.#folder)
    const start = new Starting(this.#folder)
    const begun = performance.now()
    for (;;) {
      const address = readAddress(this.#folder)
      const state = address === undefined ? 'gone' : await stateOf(address)
      if (address !== undefined && state === 'ready') {
        this.#last = address
        return address
      }
      if (state === 'gone') start.step(address === undefined ? UNTOLD_MS : DRAIN_MS)
      if (performance.now() - begun > PATIENCE_MS) throw silent(this.#folder)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }
}

/** The starts of a gateway, one after the other while another process has its folder. */
class Starting {
  readonly #folder: string
  #started: StartedGateway | undefined
  #takenAt: number | undefined
  #notBefore = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * To be called while there is none.
   * @param patienceMs for the process that has the folder
   * @throws UserError where none can be started, or something else has the folder for longer
   */
  step(patienceMs: number): void {
    const now = performance.now()
    const ended = this.#started?.exitCode()
    if (this.#started !== undefined && ended === undefined) return
    if (ended !== undefined && ended !== EXIT.portTaken) throw notStarted(this.#folder, this.#started?.said() ?? '')
    if (ended !== undefined) {
      this.#takenAt ??= now
      this.#started = undefined
      this.#notBefore = now + AGAIN_MS
      if (now - this.#takenAt > patienceMs) throw takenByOther(this.#folder)
    }
    if (now >= this.#notBefore) this.#started = startOwnGateway(this.#folder)
  }
}

/** `gone`: this gateway does not run. `silent`: it is there, and not ready, or stopped. */
async function stateOf({ url, token, pid }: GatewayAddress): Promise<'ready' | 'silent' | 'gone'> {
  // Another program may have its port by now, and must not get its token.
  if (!isRunning(pid)) return 'gone'
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const { ok, status } = await fetch(`${url}/api/me`, { headers: authorization(token), redirect: 'manual', signal })
    return ok ? 'ready' : status === 503 ? 'silent' : 'gone'
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'silent' : 'gone'
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function notStarted(folder: string, said: string): UserError {
  const why = said === '' ? 'it said nothing' : said
  return new UserError(`A gateway could not be started: ${why} Its log is ${gatewayLog(folder)}.`, EXIT.failed)
}

function takenByOther(folder: string): UserError {
  return new UserError(
    `Something else uses ${folder}, and does not say where it is (there is no gateway.json of it). ` +
      'End it, name it with --url where it is a gateway, or choose another folder with --data.',
    EXIT.portTaken,
  )
}

function silent(folder: string): UserError {
  return new UserError(
    `The gateway of ${folder} does not answer. Its log is ${gatewayLog(folder)}; its process is in gateway.json there.`,
    EXIT.unreachable,
  )
}
